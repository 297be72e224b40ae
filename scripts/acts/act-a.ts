/** Act a: the peer is silent, then it comes to life. */
import { silence } from '../../test/netns/lab/firewall.ts';
import type { Act } from './act.ts';
import { checkOneTunnel, pingAWhile, untilBothUp } from './moments.ts';
import type { Sidecar, Stage } from './stage.ts';

const MODE_SECONDS = 2;
const MODE_WITHIN_MS = 8_000;
/** The peer has the first word, and a call that leads to nothing ends by giving it back. */
const TURNS = /^(responder-mode, initiator-mode, ){2,}up$/;
/** A packet may pass at the very end of a mode, and charon is quicker than the news of a mode. */
const SLACK_MS = 100;

export const actA: Act = {
  letter: 'a',
  title: 'the peer is silent, then we call',
  story:
    'sun hears nothing and says nothing. afteryou at moon leaves it the first word (responder mode), then calls for a while ' +
    '(initiator mode), and so on by turns, here of 2 s each instead of 10. Then sun comes to life.',
  lab: {},
  play,
};

async function play(stage: Stage): Promise<void> {
  const { lab, moon, timeline } = stage;
  const dead = await silence(lab.moon, lab.sun);
  timeline.tell('demo', 'sun is silent from now on: nothing gets through');
  const sidecar = await stage.startAfteryou(moon, {
    'responder-mode-duration': MODE_SECONDS,
    'initiator-mode-duration': MODE_SECONDS,
  });
  const { afteryou, watch } = sidecar;
  await watch.reaches('initiator-mode', 1, MODE_WITHIN_MS);
  await stage.show(afteryou, ['status']);
  await watch.reaches('responder-mode', 2, MODE_WITHIN_MS);
  await stage.show(afteryou, ['explain', 'sun']);
  await dead.lift();
  timeline.tell('demo', 'sun comes to life; it has no reason to call');
  await untilBothUp(stage, 1);
  await stage.showSas();
  await stage.show(afteryou, ['status']);
  await checkTurns(stage, sidecar);
  await checkOneTunnel(stage, 'moon');
  await pingAWhile(stage);
}

/** Whoever listens to the wire must find that we called in our own turns and in no other. */
async function checkTurns({ lab, capture, checks }: Stage, { watch }: Sidecar): Promise<void> {
  const changes = watch.entries.filter(({ kind }) => kind === 'transition');
  const modes = changes.map(({ to }) => to).join(', ');
  checks.that(TURNS.test(modes), `the turns were ${modes}`);
  await capture.caughtUp();
  const calls = capture.ike({ from: lab.moon.ipv4.outer, exchange: 'IKE_SA_INIT', isResponse: false });
  const ourTurns = changes.flatMap(({ to, at }, index) => {
    if (to !== 'initiator-mode') return [];
    const end = changes[index + 1]?.at;
    return [{ fromMs: Date.parse(at) - SLACK_MS, toMs: Date.parse(end ?? at) + SLACK_MS }];
  });
  const strays = calls.filter(
    ({ atMs }) => !ourTurns.some(({ fromMs, toMs }) => fromMs <= atMs && atMs <= toMs),
  );
  const isRight = calls.length > 1 && strays.length === 0;
  checks.that(isRight, `${calls.length} IKE_SA_INIT requests by moon, all of them in initiator mode`, strays);
}
