/**
 * A peer that answers and refuses (R3, R4): tried again within initiator mode, for ever over the modes, and explained.
 */
import { expect } from 'vitest';

import { scenario } from './lab/scenario.ts';
import { twoCharons } from './lab/two-charons.ts';
import { within } from './lab/wait.ts';
import { explained, peerOf, ROUNDING_MS, startDaemon, untilState } from './sidecar/daemon.ts';
import { calls, untilCalls } from './sidecar/wire.ts';

scenario(
  'refusal-no-proposal',
  'The peer answers NO_PROPOSAL_CHOSEN: a try every retry-interval within initiator mode, none in responder mode, and the cause is told.',
  async (lab) => {
    const { moon } = await twoCharons(lab, {
      sunConnection: { settings: { proposals: 'aes256-sha256-x25519' } },
    });
    const capture = await lab.capture(lab.moon);
    const service = { 'responder-mode-duration': 1.5, 'initiator-mode-duration': 1.7, 'retry-interval': 0.5 };
    const daemon = await startDaemon(lab, moon, { service });
    // Tries at 0, 0.5, 1.0 and 1.5 s (one less on a slow machine), and some in the next initiator mode.
    await untilCalls(capture, lab.moon.ipv4.outer, 6, { ms: 15_000 });
    const times = calls(capture, lab.moon.ipv4.outer).map(({ atMs }) => atMs);
    const gaps = times.slice(1).map((atMs, index) => atMs - (times[index] ?? 0));
    const pauseAt = gaps.findIndex((gapMs) => gapMs >= 1_500);
    expect(pauseAt).toBeGreaterThanOrEqual(1);
    expect(pauseAt).toBeLessThanOrEqual(3);
    expect(Math.min(...gaps)).toBeGreaterThanOrEqual(500 - ROUNDING_MS);
    expect((times[pauseAt] ?? 0) - (times[0] ?? 0)).toBeLessThan(1_700 + ROUNDING_MS);

    const { status, explanation } = await explained(daemon);
    expect(status.last_error?.text).toContain('NO_PROPOSAL_CHOSEN');
    expect(explanation.join('\n')).toContain('compare proposals and esp_proposals');
    expect(status.counters.initiations).toBeGreaterThanOrEqual(6);
  },
);

scenario(
  'refusal-wrong-secret',
  'The secrets differ: AUTHENTICATION_FAILED never ends the cycle, and explain says what to compare.',
  async (lab) => {
    const { moon, sun } = await twoCharons(lab, { sunConnection: { secret: 'another one' } });
    const service = { 'responder-mode-duration': 0.6, 'initiator-mode-duration': 0.8, 'retry-interval': 0.3 };
    const daemon = await startDaemon(lab, moon, { service });
    await within(15_000, 'three cycles without a tunnel', async (saw) => {
      return saw((await peerOf(daemon)).counters).cycles >= 3;
    });
    await untilState(daemon, 'initiator-mode');
    const { status, explanation } = await explained(daemon);
    expect(status.last_error?.text).toContain('AUTHENTICATION_FAILED');
    expect(explanation.join('\n')).toContain('compare the secret and the identities');
    const text = await daemon.cli(['explain', 'sun']);
    expect(text.stdout).toContain('AUTHENTICATION_FAILED');
    expect(text.stdout).toContain('compare the secret and the identities');
    expect((await sun.sas()).filter(({ state }) => state === 'ESTABLISHED')).toEqual([]);
  },
);
