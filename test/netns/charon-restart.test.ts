/**
 * charon goes and comes back (R12): windows stand still meanwhile, nothing is terminated, and the rules begin again.
 */
import { expect } from 'vitest';

import type { Charon } from './lab/charon.ts';
import type { IkeSa } from './lab/ike-sas.ts';
import { scenario } from './lab/scenario.ts';
import { twoCharons, untilUp } from './lab/two-charons.ts';
import { neverFor, within } from './lab/wait.ts';
import {
  explained,
  historyOf,
  peerOf,
  ROUNDING_MS,
  startDaemon,
  statusOf,
  transitions,
  untilAttached,
  untilState,
} from './sidecar/daemon.ts';
import { calls, untilCalls } from './sidecar/wire.ts';

scenario(
  'charon-stopped',
  'charon ends in responder mode: that mode stands still while it is away; once it and its connections are back, responder mode begins afresh, and then we call.',
  async (lab) => {
    const { moon, sun } = await twoCharons(lab);
    const capture = await lab.capture(lab.moon);
    const daemon = await startDaemon(lab, moon, { service: { 'responder-mode-duration': 3 } });
    await moon.stop('SIGTERM');
    await untilAttached(daemon, false);
    expect((await explained(daemon)).explanation[0]).toContain('charon is not attached');
    expect((await statusOf(daemon)).health.join('\n')).toContain('charon is not attached');
    const before = transitions(await historyOf(daemon)).length;
    // Longer than what was left of responder mode.
    await neverFor(3_500, 'a change of state while charon is away', async () => {
      return transitions(await historyOf(daemon))[before];
    });
    await moon.start();
    await untilAttached(daemon);
    const attachedMs = Date.now();
    // A charon that has just started has no connections yet.
    await moon.loadAgain();
    const [call] = await untilCalls(capture, lab.moon.ipv4.outer, 1);
    expect((call?.atMs ?? 0) - attachedMs).toBeGreaterThanOrEqual(3_000 - ROUNDING_MS);
    expect(await untilState(daemon, 'up')).toMatchObject({ role: 'initiator' });
    await untilUp(sun, 1);
    expect(calls(capture, lab.moon.ipv4.outer)).toHaveLength(1);
  },
);

for (const signal of ['SIGTERM', 'SIGKILL'] as const) {
  scenario(
    `charon-restarted-${signal}`,
    `charon is restarted by ${signal} while the peer is up: the peer has the first word, then we call; in the end one tunnel at both ends.`,
    async (lab) => {
      const settings = { retransmit_tries: 1, retransmit_timeout: 0.5, retransmit_base: 1 };
      const { moon, sun } = await twoCharons(lab, {
        charon: { settings },
        connection: { settings: { dpd_delay: '1s' } },
      });
      const capture = await lab.capture(lab.moon);
      const daemon = await startDaemon(lab, moon);
      await untilState(daemon, 'up');
      const [former] = await moon.sas();
      const restartedMs = Date.now();
      await moon.restart(signal);
      const [call] = await untilCalls(capture, lab.moon.ipv4.outer, 1, { sinceMs: restartedMs });
      expect((call?.atMs ?? 0) - restartedMs).toBeGreaterThanOrEqual(1_000);
      expect(await untilState(daemon, 'up')).toMatchObject({ role: 'initiator' });
      const same = await within(8_000, 'the same tunnel at both ends, and only that', async (saw) => {
        const [atMoon, atSun] = saw(await Promise.all([upAt(moon), upAt(sun)]));
        const isSame = atMoon.length === 1 && atSun.length === 1 && atMoon[0] === atSun[0];
        return isSame && atMoon[0];
      });
      expect(same).toBe(call?.initiatorSpi);
      expect(same).not.toBe(former?.initiatorSpi);
      await within(5_000, 'it is logged', () => daemon.grep(/charon is away/).length > 0);
    },
  );
}

scenario(
  'charon-restarted-paused',
  'What an operator paused stays paused, and what was counted stays counted, although a charon that has just started has no connections.',
  async (lab) => {
    const { moon } = await twoCharons(lab);
    const capture = await lab.capture(lab.moon);
    const daemon = await startDaemon(lab, moon);
    await untilState(daemon, 'up');
    expect(await daemon.cli(['pause', 'sun'])).toMatchObject({ code: 0 });
    await moon.stop();
    await moon.start();
    await within(10_000, 'no peer without a connection', async (saw) => {
      return saw((await statusOf(daemon)).peers).length === 0;
    });
    await moon.loadAgain();
    await within(10_000, 'the peer is there again', async (saw) => {
      return saw((await statusOf(daemon)).peers).length === 1;
    });
    expect(await peerOf(daemon)).toMatchObject({
      state: 'paused',
      paused: true,
      counters: { initiations: 1 },
    });
    await neverFor(1_500, 'a second call of ours', () => calls(capture, lab.moon.ipv4.outer)[1]);
  },
);

scenario(
  'charon-hung',
  'charon hangs for some seconds: the sidecar lives on and says that charon is away; when it answers again the tunnel is the same, untouched.',
  async (lab) => {
    // With MOBIKE sun may tell of a new address meanwhile, and give up when it isn't answered.
    const { moon, sun } = await twoCharons(lab, { connection: { settings: { mobike: false } } });
    const capture = await lab.capture(lab.moon);
    const daemon = await startDaemon(lab, moon, { config: { charon: { 'reconcile-interval': 0.5 } } });
    const { ike_sas: before } = await untilState(daemon, 'up');
    await moon.pause();
    // A request is given 5 s, the items of a list 10 s.
    await untilAttached(daemon, false, 14_000);
    expect((await statusOf(daemon)).charon.error).toMatch(/within \d+ ms/);
    expect(await daemon.cli(['status', 'sun', '-o', 'json'])).toMatchObject({ code: 0 });
    moon.resume();
    await untilAttached(daemon, true, 12_000);
    expect(await untilState(daemon, 'up')).toMatchObject({
      role: 'initiator',
      ike_sas: [{ id: before[0]?.id, initiator_spi: before[0]?.initiator_spi, initiated_by: 'self' }],
      counters: { initiations: 1 },
    });
    await capture.caughtUp();
    expect(calls(capture, lab.moon.ipv4.outer)).toHaveLength(1);
    expect(await sun.sas()).toMatchObject([{ initiatorSpi: before[0]?.initiator_spi, state: 'ESTABLISHED' }]);
  },
);

/** Initiator SPIs of what is up. */
async function upAt(charon: Charon): Promise<string[]> {
  const isThere = ({ state }: IkeSa) => state === 'ESTABLISHED';
  return (await charon.sas()).filter(isThere).map(({ initiatorSpi }) => initiatorSpi);
}
