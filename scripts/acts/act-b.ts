/** Act b: the peer calls first. */
import { setTimeout as sleep } from 'node:timers/promises';

import type { Act } from './act.ts';
import { checkOneTunnel, pingAWhile, untilBothUp } from './moments.ts';
import type { Stage } from './stage.ts';

const MODE_SECONDS = 2;
const RESPONDER_WITHIN_MS = 8_000;
const SUN_THINKS_MS = 800;

export const actB: Act = {
  letter: 'b',
  title: 'the peer calls first',
  story:
    'afteryou at moon is in responder mode when sun calls. It answers, and that is all: no call of ours ever appears on the wire.',
  lab: {},
  play,
};

async function play(stage: Stage): Promise<void> {
  const { lab, moon, sun, capture, timeline } = stage;
  const { afteryou, watch } = await stage.startAfteryou(moon, {
    'responder-mode-duration': MODE_SECONDS,
    'initiator-mode-duration': MODE_SECONDS,
  });
  await watch.reaches('responder-mode', 1, RESPONDER_WITHIN_MS);
  await sleep(SUN_THINKS_MS);
  timeline.tell('sun', 'calls moon (swanctl --initiate)');
  await sun.initiate({ ike: 'moon' });
  await untilBothUp(stage, 1);
  await stage.showSas();
  // Past the moment at which responder mode would have ended.
  await sleep(MODE_SECONDS * 1000);
  await stage.show(afteryou, ['explain', 'sun']);
  await checkOneTunnel(stage, 'sun');
  await capture.caughtUp();
  const ours = capture.ike({ from: lab.moon.ipv4.outer, exchange: 'IKE_SA_INIT', isResponse: false });
  stage.checks.that(ours.length === 0, 'no IKE_SA_INIT request by moon on the wire', ours);
  stage.checks.that(watch.into('initiator-mode').length === 0, 'afteryou was never in initiator mode');
  await pingAWhile(stage);
}
