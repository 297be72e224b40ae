/** Tells what charon says when a tunnel comes up or goes: its own event `child-updown`. */

import { readUpdown } from '../../src/vici/narrow-events.ts';
import { Session } from '../../src/vici/session.ts';
import type { Charon } from '../../test/netns/lab/charon.ts';
import { shortSpi, starterOf } from './sa-table.ts';
import type { Timeline } from './timeline.ts';

export async function watchTunnels(charon: Charon, timeline: Timeline): Promise<() => void> {
  const { name } = charon.host;
  const session = await Session.connect(charon.viciSocket);
  await session.subscribe(['child-updown'], (_event, body) => {
    const { isUp, ikeSa } = readUpdown(body);
    const starter = starterOf({ isInitiator: ikeSa.isInitiator }, name);
    const change = isUp ? 'tunnel up' : 'tunnel gone';
    timeline.tell(name, `${change}: IKE_SA ${shortSpi(ikeSa.initiatorSpi)}, started by ${starter}`);
  });
  return () => session.close();
}
