/**
 * The wall clock is set to another time: modes are as long as ever, and no tunnel notices.
 */
import { statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'vitest';

import { within } from '../lab/wait.ts';
import { historyOf, ROUNDING_MS, untilState } from '../sidecar/daemon.ts';
import { untilCalls } from '../sidecar/wire.ts';
import { fault, judge, sized } from './fault.ts';
import { Ground } from './ground.ts';

const KEPT = sized(20, 6);
const RESPONDER_MODE_MS = 3_000;
/** How much later than promised a call may come, on a machine with other things to do: far less than any of the jumps. */
const LATE_MS = 3_000;
const SECONDS = { hour: 3_600, day: 86_400, year: 31_557_600 };
/** At least as many entries of a peer's history outlive a restart. */
const KEPT_ENTRIES = 5;
/** In seconds from the true time. */
const JUMPS = [
  SECONDS.hour,
  -SECONDS.hour,
  SECONDS.year * 10,
  -SECONDS.year * 50,
  -30,
  30,
  SECONDS.day,
  0,
  SECONDS.year * 1000,
  0,
].slice(0, sized(10, 2));

fault(
  'clock-jumps',
  'The wall clock jumps in the middle of responder mode: we call when the mode is over by a clock that nobody sets.',
  async (lab) => {
    const clockFile = join(lab.dir, 'clock');
    const preload = new URL('./wall-clock.mjs', import.meta.url);
    const ground = await Ground.start(lab, {
      kept: KEPT,
      service: { 'responder-mode-duration': RESPONDER_MODE_MS / 1000 },
      env: { NODE_OPTIONS: `--import=${preload.href}`, WALL_CLOCK_FILE: clockFile },
    });
    const { daemon } = ground;
    const capture = await lab.capture(lab.moon);
    const [{ name: changing } = { name: '' }] = ground.others;
    for (const [index, seconds] of JUMPS.entries()) {
      const endedMs = Date.now();
      await ground.theyEnd([changing]);
      await untilState(daemon, 'responder-mode', { peer: changing });
      writeFileSync(clockFile, String(seconds * 1000));
      daemon.process.signal('SIGUSR2');
      const call = (await untilCalls(capture, lab.moon.ipv4.outer, index + 1))[index];
      const afterMs = (call?.atMs ?? 0) - endedMs;
      expect(afterMs).toBeGreaterThanOrEqual(RESPONDER_MODE_MS - ROUNDING_MS);
      expect(afterMs).toBeLessThan(RESPONDER_MODE_MS + LATE_MS);
      await untilState(daemon, 'up', { peer: changing });
      // The jump is real: the history is written by the wall clock.
      const toldMs = Date.parse((await historyOf(daemon, changing)).at(-1)?.at ?? '');
      expect(Math.abs(toldMs - Date.now() - seconds * 1000)).toBeLessThan(20_000);
    }
    // What was written under false times is read again under the true one.
    const upMs = Date.now();
    await within(20_000, 'the last of it written', (saw) => saw(statSync(daemon.stateFile).mtimeMs) > upMs);
    await daemon.kill();
    await daemon.start();
    await ground.untilAllUp();
    const found = await historyOf(daemon, changing);
    expect(found.length).toBeGreaterThan(KEPT_ENTRIES);
    expect(daemon.grep(/state file is not used/)).toEqual([]);
    judge(
      await ground.row({
        done: 'wall clock set by hours to centuries, both ways, amid responder mode',
        times: JUMPS.length,
        saw: 'modes as long as ever; each entry of the history with the time that the clock showed',
      }),
    );
  },
  { manyPeers: KEPT + 1 },
);
