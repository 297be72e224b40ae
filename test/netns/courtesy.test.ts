/**
 * A half-open IKE_SA of the peer at the end of responder mode (R10): it may delay our call once, and never longer than
 * `courtesy`, since anyone can send the first packet of a call.
 */
import { expect } from 'vitest';

import { scenario } from './lab/scenario.ts';
import { twoCharons, untilUp } from './lab/two-charons.ts';
import { neverFor, within } from './lab/wait.ts';
import {
  enteredMs,
  historyOf,
  peerOf,
  ROUNDING_MS,
  SLACK_MS,
  startDaemon,
  untilState,
} from './sidecar/daemon.ts';
import { calls, untilCalls } from './sidecar/wire.ts';

const SERVICE = { 'responder-mode-duration': 1.5, 'initiator-mode-duration': 5, courtesy: 1 };

scenario(
  'courtesy-used-up',
  'The peer begins a call and gets no further: ours goes out one courtesy after the end of responder mode, not earlier and not later, and comes up.',
  async (lab) => {
    const { moon, sun } = await twoCharons(lab);
    const capture = await lab.capture(lab.moon);
    const held = await lab.relay.hold({ from: 'sun', exchange: 'IKE_AUTH', message: 'request' });
    await sun.initiate({ ike: 'moon' });
    await held.took(1, 5_000);
    const daemon = await startDaemon(lab, moon, { service: SERVICE });
    const [ours] = await untilCalls(capture, lab.moon.ipv4.outer, 1);
    const waitedMs = (ours?.atMs ?? 0) - (await enteredMs(daemon, 'responder-mode'));
    expect(waitedMs).toBeGreaterThanOrEqual(2_500 - ROUNDING_MS);
    expect(waitedMs).toBeLessThan(2_500 + SLACK_MS);
    expect(await untilState(daemon, 'up')).toMatchObject({ role: 'initiator' });
    expect((await historyOf(daemon)).filter(({ rule }) => rule === 'R10')).toHaveLength(1);
    await held.remove();
    expect((await untilUp(sun, 1)).find(({ isInitiator }) => !isInitiator)?.initiatorSpi).toBe(
      ours?.initiatorSpi,
    );
  },
  { relay: {} },
);

scenario(
  'courtesy-well-spent',
  "The peer's call is slow and completes within the courtesy: its tunnel comes up, and there is not one call of ours.",
  async (lab) => {
    const { moon, sun } = await twoCharons(lab, { sunCharon: { settings: { retransmit_timeout: 10 } } });
    const capture = await lab.capture(lab.moon);
    const held = await lab.relay.hold({ from: 'sun', exchange: 'IKE_AUTH', message: 'request', count: 1 });
    await sun.initiate({ ike: 'moon' });
    await held.took(1, 5_000);
    const daemon = await startDaemon(lab, moon, { service: { ...SERVICE, courtesy: 2 } });
    await within(10_000, 'the note of R10', async (saw) => {
      return saw(await historyOf(daemon)).some(({ rule }) => rule === 'R10');
    });
    await held.release();
    expect(await untilState(daemon, 'up')).toMatchObject({ role: 'responder' });
    await neverFor(2_000, 'a call of ours', () => calls(capture, lab.moon.ipv4.outer)[0]);
    expect(await peerOf(daemon)).toMatchObject({ state: 'up', counters: { initiations: 0, collisions: 0 } });
  },
  { relay: {} },
);
