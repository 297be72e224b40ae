/**
 * strongSwan 6.0 (Debian 13) at both ends, or at one: the lab's other root tree, and the daemon's reading of its texts.
 */
import { expect } from 'vitest';

import type { CharonOptions } from './lab/charon.ts';
import { trixieRoot } from './lab/other-root.ts';
import { scenario } from './lab/scenario.ts';
import { twoCharons, untilUp } from './lab/two-charons.ts';
import { charonVersion } from './lab/vici-calls.ts';
import { within } from './lab/wait.ts';
import { peerOf, startDaemon, untilState } from './sidecar/daemon.ts';
import { call } from './sidecar/tunnels.ts';

const PAIRS = [
  { atMoon: '6.0', atSun: '6.0' },
  { atMoon: '5.9', atSun: '6.0' },
  { atMoon: '6.0', atSun: '5.9' },
] as const;

for (const { atMoon, atSun } of PAIRS) {
  scenario(
    `other-version-${atMoon}-${atSun}`,
    `strongSwan ${atMoon} at our end, ${atSun} at the peer: a tunnel comes up from either end and carries traffic.`,
    async (lab) => {
      const [moonCharon, sunCharon] = await Promise.all([ofVersion(atMoon), ofVersion(atSun)]);
      const { moon, sun } = await twoCharons(lab, { moonCharon, sunCharon });
      expect(await charonVersion(moon.viciSocket)).toMatch(new RegExp(`^${atMoon}`));
      expect(await charonVersion(sun.viciSocket)).toMatch(new RegExp(`^${atSun}`));
      const daemon = await startDaemon(lab, moon, { service: { 'responder-mode-duration': 250 } });
      await call(daemon);
      await untilState(daemon, 'up');
      const [ours] = await untilUp(sun, 1);
      expect(ours?.isInitiator).toBe(false);
      const pinger = await lab.ping(lab.moon, {
        source: lab.moon.ipv4.inner,
        destination: lab.sun.ipv4.inner,
      });
      await within(10_000, '20 echoes', (saw) => saw(pinger.received) >= 20);
      expect((await pinger.stop()).errors).toEqual([]);

      await sun.terminate({ ike: 'moon' });
      await untilState(daemon, 'responder-mode');
      await sun.initiate({ ike: 'moon' });
      await untilState(daemon, 'up');
      expect(await peerOf(daemon)).toMatchObject({ role: 'responder' });
    },
  );
}

async function ofVersion(version: '5.9' | '6.0'): Promise<CharonOptions> {
  return version === '5.9' ? { root: null } : { root: await trixieRoot() };
}
