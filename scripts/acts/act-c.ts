/** Act c: both call at once, against plain strongSwan; first without afteryou, then with it. */
import { setTimeout as sleep } from 'node:timers/promises';

import { within } from '../../test/netns/lab/wait.ts';
import type { Act } from './act.ts';
import { checkOneTunnel, checkPings, crossCalls, startPings, untilBothUp } from './moments.ts';
import { installedChildren } from './sa-table.ts';
import type { Stage } from './stage.ts';

const DELAY_MS = 20;
const MODE_SECONDS = 2;
const HOLD_SECONDS = 3;
const MODE_WITHIN_MS = 8_000;
const EMPTY_WITHIN_MS = 8_000;
/** Hold or dead peer detection, grace, and room for a busy machine. */
const SETTLED_WITHIN_MS = 15_000;
/** Long enough to see that nothing changes any more. */
const STAYS_MS = 2_000;

export const actC: Act = {
  letter: 'c',
  title: 'both call at once',
  story:
    `The wire takes ${DELAY_MS} ms, so two calls made at the same time cross. First without afteryou: two tunnels where one was meant, ` +
    'and strongSwan keeps both. Then with afteryou at moon: both are held for a while, then one is left, and traffic goes on.',
  lab: { relay: { delayMs: DELAY_MS } },
  play: async (stage) => {
    await playWithout(stage);
    await clear(stage);
    await playWith(stage);
  },
};

async function playWithout(stage: Stage): Promise<void> {
  const { moon, sun, timeline, checks } = stage;
  await crossCalls(stage, async () => {
    timeline.tell('demo', 'no afteryou anywhere; both ends call');
    await Promise.all([moon.initiate({ ike: 'sun' }), sun.initiate({ ike: 'moon' })]);
  });
  await untilBothUp(stage, 2);
  await sleep(STAYS_MS);
  await stage.showSas();
  for (const charon of [moon, sun]) {
    const sas = await charon.sas();
    const isDouble = sas.length === 2 && installedChildren(sas) === 2;
    checks.that(
      isDouble,
      `without afteryou: 2 IKE_SAs and 2 CHILD_SAs at ${charon.host.name}, and they stay`,
      sas,
    );
  }
}

async function clear({ moon, sun, timeline }: Stage): Promise<void> {
  timeline.tell('demo', 'both are taken down; the same again with afteryou at moon');
  for (const { id } of await moon.sas()) await moon.terminate({ ikeId: id });
  await within(EMPTY_WITHIN_MS, 'no IKE_SA at either end', async (saw) => {
    return saw([...(await moon.sas()), ...(await sun.sas())]).length === 0;
  });
}

async function playWith(stage: Stage): Promise<void> {
  const { moon, sun, timeline, checks } = stage;
  const { afteryou, watch } = await stage.startAfteryou(moon, {
    'responder-mode-duration': MODE_SECONDS,
    'initiator-mode-duration': MODE_SECONDS,
    'settle-hold': HOLD_SECONDS,
  });
  await crossCalls(stage, async () => {
    await watch.reaches('initiator-mode', 1, MODE_WITHIN_MS);
    timeline.tell('sun', 'calls moon at this very moment (swanctl --initiate)');
    await sun.initiate({ ike: 'moon' });
  });
  await untilBothUp(stage, 2);
  const pings = await startPings(stage);
  timeline.tell('demo', 'a ping every 50 ms, both ways, from now on');
  await stage.show(afteryou, ['explain', 'sun']);
  await stage.showSas();
  await untilBothUp(stage, 1, SETTLED_WITHIN_MS);
  await sleep(STAYS_MS);
  await stage.showSas();
  await stage.show(afteryou, ['status']);
  checks.that(watch.into('settling').length === 1, 'with afteryou: the duplicate was there, and was settled');
  await checkOneTunnel(stage, 'sun');
  await checkPings(stage, pings);
}
