/**
 * A peer that answers and refuses (R3, R4): tried again within initiator mode, for ever over the modes, and explained.
 */
import { expect } from 'vitest';

import { scenario } from './lab/scenario.ts';
import { twoCharons } from './lab/two-charons.ts';
import { within } from './lab/wait.ts';
import { explained, peerOf, ROUNDING_MS, startDaemon, transitions, untilState } from './sidecar/daemon.ts';
import { untilCalls } from './sidecar/wire.ts';

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
    // Tries at 0, 0.5, 1.0 and 1.5 s (fewer on a slow machine), and some in the next initiator mode.
    const onTheWire = await untilCalls(capture, lab.moon.ipv4.outer, 6, { ms: 15_000 });
    const { status, explanation, history } = await explained(daemon);
    const tries = history.filter(({ why }) => why === 'initiating').map(({ at }) => Date.parse(at));
    const gaps = tries.slice(1).map((atMs, index) => atMs - (tries[index] ?? 0));
    expect(Math.min(...gaps)).toBeGreaterThanOrEqual(500 - ROUNDING_MS);
    const modes = transitions(history).filter(({ to }) => to === 'initiator-mode');
    const triesByMode = modes.map(({ at }) => {
      return tries.filter((atMs) => atMs >= Date.parse(at) && atMs < Date.parse(at) + 1_700).length;
    });
    expect(Math.max(...triesByMode)).toBeGreaterThanOrEqual(2);
    expect(Math.max(...triesByMode)).toBeLessThanOrEqual(4);
    expect(triesByMode.reduce((sum, count) => sum + count, 0)).toBe(tries.length);
    // What the sidecar doesn't tell isn't on the wire either.
    expect(onTheWire.length).toBeLessThanOrEqual(tries.length);
    expect(status.counters.initiations).toBe(tries.length);

    expect(status.last_error?.text).toContain('NO_PROPOSAL_CHOSEN');
    expect(explanation.join('\n')).toContain('compare proposals and esp_proposals');
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
