/**
 * The sidecar dies without a word, again and again, also while it is starting and while calls cross.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { expect } from 'vitest';

import { Dice } from '../../sim/dice.ts';
import { fault, judge, sized } from './fault.ts';
import { Ground } from './ground.ts';

const KEPT = sized(20, 6);
const CROSSING = sized(6, 3);
const KILLS = sized(50, 4);
const SEED = 'sidecar-killed';

fault(
  'sidecar-killed',
  'Killed at moments that dice choose, most of them while some peers and we call each other at once: no tunnel is lost, and every peer ends with one.',
  async (lab) => {
    const dice = new Dice(SEED);
    const ground = await Ground.start(lab, {
      kept: KEPT,
      service: { 'settle-hold': 1, 'settle-grace': 0.5 },
      charons: {
        charon: { settings: { retransmit_tries: 6 } },
        connection: { settings: { dpd_delay: '2s' } },
      },
    });
    const { daemon } = ground;
    const crossing = ground.others.map(({ name }) => name);
    for (let kills = 0; kills < KILLS; ) {
      await cross(ground, crossing);
      // Amid the handshakes, or while both tunnels are held; a kill while it starts follows some of these.
      const longestMs = dice.pick([250, 2_500]);
      for (const ms of dice.chance(0.3) ? [longestMs, 600] : [longestMs]) {
        await sleep(dice.between(0, ms));
        expect(await daemon.kill()).toEqual({ code: null, signal: 'SIGKILL' });
        kills += 1;
        await sleep(dice.between(0, 300));
        await daemon.start();
      }
      await ground.untilAllUp();
    }
    const damage = daemon.grep(/state file is not used/);
    judge(
      await ground.row({
        done: `SIGKILL at random moments, ${CROSSING} more peers amid crossing calls`,
        times: KILLS,
        saw: `all up again each time; ${damage.length} times a damaged state file`,
      }),
    );
    expect(damage).toEqual([]);
  },
  { manyPeers: KEPT + CROSSING, relay: { delayMs: 20 } },
);

/**
 * Both ends call, once neither has a tunnel: paused meanwhile, or the sidecar might call at once by itself (R11). A pause
 * outlives the sidecar, and so does its end: a kill right after the answer must not bring it back.
 */
async function cross(ground: Ground, names: readonly string[]): Promise<void> {
  await ground.operate('pause', names);
  await ground.theyEnd(names);
  await ground.operate('resume', names);
  await Promise.all([ground.operate('initiate', names), ground.theyCall(names)]);
}
