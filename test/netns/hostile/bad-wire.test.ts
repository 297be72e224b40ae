/**
 * A wire that loses a fifth of all packets each way, or takes 300 ms each way: whoever calls, and if both do, there is one
 * tunnel in the end.
 */
import { expect, test } from 'vitest';

import { rootFromEnvironment } from '../lab/other-root.ts';
import { scenario } from '../lab/scenario.ts';
import { twoCharons } from '../lab/two-charons.ts';
import { neverFor } from '../lab/wait.ts';
import { runCell } from '../matrix/cell.ts';
import { SCENARIOS } from '../matrix/scenarios.ts';
import { peerOf, startDaemon, untilState } from '../sidecar/daemon.ts';
import { untilOneTunnel } from '../sidecar/tunnels.ts';

/**
 * Of a DELETE whose answer is lost nobody hears again, since the other end has forgotten the IKE_SA: it stays in DELETING
 * until charon gives up, here after 42 s.
 */
const GIVES_UP = { retransmit_timeout: 1, retransmit_base: 1.3, retransmit_tries: 9 };
const SERVICE = { 'responder-mode-duration': 5, 'initiator-mode-duration': 10, 'settle-hold': 5 };
const TIMEOUT_MS = 290_000;
const ONE_TUNNEL_WITHIN_MS = 200_000;
const STAYS_MS = 20_000;

for (const { name, relay } of [
  { name: 'loses-a-fifth', relay: { delayMs: 10, lossPercent: 20, seed: 7 } },
  { name: 'takes-300-ms', relay: { delayMs: 300 } },
]) {
  scenario(
    `bad-wire-${name}-mirror`,
    'Two sidecars with the same times are started at the same moment, so that their calls cross: one tunnel at both ends, and it stays.',
    async (lab) => {
      const ends = await twoCharons(lab, {
        charon: { settings: GIVES_UP },
        connection: { settings: { dpd_delay: '10s' } },
      });
      const [atMoon, atSun] = await Promise.all([
        startDaemon(lab, ends.moon, { service: SERVICE }),
        startDaemon(lab, ends.sun, { service: SERVICE, name: 'afteryou-sun' }),
      ]);
      await untilState(atMoon, 'up', { ms: ONE_TUNNEL_WITHIN_MS });
      await untilOneTunnel(ends, { ms: ONE_TUNNEL_WITHIN_MS });
      await Promise.all([
        untilState(atMoon, 'up', { ms: 30_000 }),
        untilState(atSun, 'up', { peer: 'moon', ms: 30_000 }),
      ]);
      // Five answers in a row may be lost, but not for hours: nobody's rule ends it.
      await neverFor(STAYS_MS, 'another state', async () => (await peerOf(atMoon)).state !== 'up', {
        pollMs: 100,
      });
      const roles = [(await peerOf(atMoon)).role, (await peerOf(atSun, 'moon')).role];
      expect(new Set(roles)).toEqual(new Set(['initiator', 'responder']));
    },
    { relay, timeoutMs: TIMEOUT_MS },
  );
}

const GIVEN_UP_MS = 45_000;

for (const name of ['wire-loses', 'wire-is-long']) {
  test(`bad-wire-matrix-${name}`, { timeout: TIMEOUT_MS }, async () => {
    const enacted = SCENARIOS.find((one) => one.name === name);
    if (enacted === undefined) throw new Error(`no scenario ${name}`);
    const { verdicts, evidence } = await runCell({
      scenario: { ...enacted, charon: GIVES_UP, extraMs: GIVEN_UP_MS },
      kinds: ['never', 'replace', 'afteryou'],
      repeat: 4,
      roots: { moon: rootFromEnvironment('moon'), sun: rootFromEnvironment('sun') },
    });
    const faulty = verdicts.filter(({ faults }) => faults.length > 0);
    expect(faulty, `${enacted.description} Evidence: ${evidence ?? 'none'}`).toEqual([]);
  });
}
