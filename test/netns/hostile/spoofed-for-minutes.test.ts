/**
 * Somebody who can send under the address of the peer does so once a second, for minutes (R10): each turn of both modes
 * takes as long as without him, but for one courtesy, and nothing that is up is touched.
 */
import { expect, onTestFinished } from 'vitest';

import type { HistoryEntry } from '../../../src/control/api.ts';
import { dropAt } from '../lab/firewall.ts';
import { scenario } from '../lab/scenario.ts';
import { spoofCalls } from '../lab/spoofed-calls.ts';
import { twoCharons } from '../lab/two-charons.ts';
import { neverFor, within } from '../lab/wait.ts';
import {
  asking,
  peerOf,
  ROUNDING_MS,
  SLACK_MS,
  startDaemon,
  transitions,
  untilState,
} from '../sidecar/daemon.ts';
import { expectNothingLost, pingBothWays, untilOneTunnel } from '../sidecar/tunnels.ts';
import { calls } from '../sidecar/wire.ts';

const WAITED_MS = 5_000;
const CALLED_MS = 5_000;
const COURTESY_MS = 2_000;
const SPOOFED_DOWN_MS = 140_000;
const HISTORY_MAX = 1_000;
const SPOOFED_UP_MS = 45_000;

scenario(
  'spoofed-for-minutes',
  'The peer hears nothing of us for 140 s while somebody calls once a second under its address: every call of ours goes out on time; when the peer hears us the tunnel comes up within one turn, and stays for 45 s more of it, without a lost echo.',
  async (lab) => {
    const ends = await twoCharons(lab);
    const deaf = await dropAt(lab.sun, { from: lab.moon.ipv4.outer });
    const stranger = await spoofCalls(lab.sun, lab.moon, { perSecond: 1, sources: [lab.sun.ipv4.outer] });
    onTestFinished(async () => {
      await stranger.stop('SIGKILL');
    });
    const capture = await lab.capture(lab.moon);
    const daemon = await startDaemon(lab, ends.moon, {
      service: {
        'responder-mode-duration': WAITED_MS / 1000,
        'initiator-mode-duration': CALLED_MS / 1000,
        courtesy: COURTESY_MS / 1000,
      },
    });
    await neverFor(SPOOFED_DOWN_MS, 'a tunnel', async () => (await peerOf(daemon)).state === 'up', {
      pollMs: 500,
    });

    // What is kept for one peer is less than what happens in these minutes.
    const history = await asking(daemon, (client) => client.history(HISTORY_MAX));
    const waited = durations(history, 'responder-mode');
    const called = durations(history, 'initiator-mode');
    const turnMs = WAITED_MS + COURTESY_MS + CALLED_MS + 2 * SLACK_MS;
    expect(called.length).toBeGreaterThanOrEqual(Math.floor(SPOOFED_DOWN_MS / turnMs) - 1);
    for (const ms of waited) {
      expect(ms).toBeGreaterThanOrEqual(WAITED_MS - ROUNDING_MS);
      expect(ms).toBeLessThan(WAITED_MS + COURTESY_MS + SLACK_MS);
    }
    for (const ms of called) expect(ms).toBeLessThan(CALLED_MS + SLACK_MS);
    await capture.caughtUp();
    expect(calls(capture, lab.moon.ipv4.outer).length).toBeGreaterThanOrEqual(called.length);
    expect(calls(capture, lab.sun.ipv4.outer).length).toBeGreaterThanOrEqual(SPOOFED_DOWN_MS / 1000 - 10);

    await deaf.lift();
    expect(await untilState(daemon, 'up', { ms: turnMs + SLACK_MS })).toMatchObject({ role: 'initiator' });
    await untilOneTunnel(ends);
    const { initiations } = (await peerOf(daemon)).counters;
    const pingers = await pingBothWays(lab);
    await neverFor(SPOOFED_UP_MS, 'another state', async () => (await peerOf(daemon)).state !== 'up', {
      pollMs: 200,
    });
    await expectNothingLost(pingers);
    await within(
      5_000,
      'still somebody who calls',
      () => ends.moon.grep(/is initiating an IKE_SA/).length > 5,
    );
    expect((await peerOf(daemon)).counters).toMatchObject({
      initiations,
      collisions: 0,
      settled: 0,
      swept: 0,
    });
  },
  { timeoutMs: 300_000 },
);

/** How long each stay in `state` took that has ended. */
function durations(history: readonly HistoryEntry[], state: string): number[] {
  const changes = transitions(history);
  return changes.flatMap((entry, index) => {
    const next = changes[index + 1];
    return entry.to === state && next !== undefined ? [Date.parse(next.at) - Date.parse(entry.at)] : [];
  });
}
