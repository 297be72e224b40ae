/**
 * Processes that stand still (SIGSTOP): the sidecar, while its peers go and come, and charon.
 *
 * Under systemd the watchdog would restart a sidecar that stands still; here it must get along without.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { expect } from 'vitest';

import { peerOf, statusOf, untilAttached, untilState } from '../sidecar/daemon.ts';
import { calls } from '../sidecar/wire.ts';
import { fault, judge, sized } from './fault.ts';
import { Ground } from './ground.ts';

const KEPT = sized(20, 6);
const SIDECAR_MS = sized(60_000, 5_000);
const CHARON_MS = sized(30_000, 12_000);
const RECONCILE_MS = 2_000;
const RESPONDER_MODE_MS = 3_000;

fault(
  'sidecar-frozen',
  'Stopped while two peers are in responder mode, which ends meanwhile: one of them calls, one ends its tunnel and calls again. After it has woken none of these is called, and the one that stayed away is.',
  async (lab) => {
    const ground = await Ground.start(lab, {
      kept: KEPT,
      service: { 'responder-mode-duration': RESPONDER_MODE_MS / 1000 },
      config: { charon: { 'reconcile-interval': RECONCILE_MS / 1000 } },
    });
    const { daemon, moon, sun } = ground;
    const [returning, again, away] = ground.others.map(({ name }) => name) as [string, string, string];
    const capture = await lab.capture(lab.moon);
    await ground.theyEnd([returning, away]);
    for (const peer of [returning, away]) await untilState(daemon, 'responder-mode', { peer });
    const { initiations } = (await peerOf(daemon, returning)).counters;
    await daemon.process.freeze();
    await ground.theyEnd([again]);
    await ground.theyCall([returning, again]);
    await sleep(SIDECAR_MS);
    expect((await moon.sas()).filter(({ name }) => name === away)).toEqual([]);
    const charonKib = moon.process.rssKib();
    const wokenMs = Date.now();
    daemon.process.signal('SIGCONT');
    // A reconciliation, responder mode of the one that stayed away, and the handshake.
    await ground.untilAllUp(RECONCILE_MS + RESPONDER_MODE_MS + 8_000);
    await capture.caughtUp();
    const outer = ground.others[2]?.outer;
    expect(calls(capture, lab.moon.ipv4.outer, wokenMs).map(({ destination }) => destination)).toEqual([
      outer,
    ]);
    expect(await peerOf(daemon, returning)).toMatchObject({ role: 'responder', counters: { initiations } });
    expect((await sun.sas()).length).toBe(lab.peers.length);
    judge(
      await ground.row({
        done: `SIGSTOP of the sidecar for ${SIDECAR_MS / 1000} s, peers going and coming meanwhile`,
        times: 1,
        saw: `no answer while it stood still, all right after; charon's memory ${(charonKib / 1024).toFixed(0)} MiB`,
      }),
    );
  },
  { manyPeers: KEPT + 3 },
);

fault(
  'charon-frozen',
  'charon stands still: the sidecar lives on and says so; then the same tunnels go on, and nobody has called or ended anything.',
  async (lab) => {
    const patient = { settings: { dpd_delay: '120s' } };
    const ground = await Ground.start(lab, {
      isPingCounted: false,
      config: { charon: { 'reconcile-interval': RECONCILE_MS / 1000 } },
      charons: { connection: patient },
    });
    const { daemon, moon } = ground;
    const capture = await lab.capture(lab.moon);
    await moon.pause();
    await untilAttached(daemon, false, 20_000);
    const [health] = (await statusOf(daemon)).health;
    expect(health).toMatch(/charon is not attached/);
    await sleep(CHARON_MS - 8_000);
    expect((await statusOf(daemon)).peers).toHaveLength(KEPT);
    moon.resume();
    await untilAttached(daemon, true, 20_000);
    const row = await ground.row({
      done: `SIGSTOP of the gateway's charon for about ${CHARON_MS / 1000} s`,
      times: 1,
      saw: health ?? '',
    });
    await capture.caughtUp();
    expect(calls(capture, lab.moon.ipv4.outer)).toEqual([]);
    judge(row);
  },
  { manyPeers: KEPT },
);
