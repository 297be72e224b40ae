/** What systemd is told, and when; and that it gets there. */
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { createLog } from '../../../src/daemon/log.ts';
import { type Notice, Notifier } from '../../../src/daemon/notify.ts';
import { Supervision, type Vitals, watchdogMsOf } from '../../../src/daemon/supervision.ts';
import { VirtualClock } from '../../../src/timers/virtual-clock.ts';

describe('supervision', () => {
  let clock: VirtualClock;
  let told: (readonly [atMs: number, notice: Notice])[];
  let vitals: Vitals;

  beforeEach(() => {
    clock = new VirtualClock();
    told = [];
    vitals = { isReady: false, isAlive: true, text: 'starting' };
  });

  function start(watchdogMs: number | null): Supervision {
    const supervision = new Supervision({
      clock,
      tell: (notice) => told.push([clock.nowMs(), notice]),
      vitals: () => vitals,
      watchdogMs,
    });
    supervision.start();
    return supervision;
  }

  /** Times at which a variable was told. */
  const timesOf = (name: string) => told.filter(([, notice]) => name in notice).map(([atMs]) => atMs);

  test('READY once, with the status, when the daemon is ready and not before', () => {
    start(null);
    clock.advanceBy(1_000);
    expect(timesOf('READY')).toEqual([]);
    vitals = { ...vitals, isReady: true, text: '2 peers: 2 up' };
    clock.advanceBy(10_000);
    expect(told).toContainEqual([1_100, { READY: '1', STATUS: '2 peers: 2 up' }]);
    expect(timesOf('READY')).toEqual([1_100]);
  });

  test('a status when it has changed, at most every two seconds', () => {
    vitals = { ...vitals, isReady: true, text: 'a' };
    start(null);
    clock.advanceBy(60_000);
    expect(timesOf('STATUS')).toEqual([0]);
    for (const text of ['b', 'c', 'd', 'e', 'f']) {
      vitals = { ...vitals, text };
      clock.advanceBy(1_000);
    }
    clock.advanceBy(10_000);
    expect(timesOf('STATUS')).toEqual([0, 61_000, 63_000, 65_000]);
    expect(told.at(-1)?.[1]).toEqual({ STATUS: 'f' });
  });

  test('the watchdog is fed three times in its time, as long as the daemon is alive', () => {
    vitals = { ...vitals, isReady: true };
    start(30_000);
    clock.advanceBy(30_000);
    expect(timesOf('WATCHDOG')).toEqual([0, 10_000, 20_000, 30_000]);
    vitals = { ...vitals, isAlive: false };
    clock.advanceBy(60_000);
    expect(timesOf('WATCHDOG')).toEqual([0, 10_000, 20_000, 30_000]);
    vitals = { ...vitals, isAlive: true };
    clock.advanceBy(1_000);
    expect(timesOf('WATCHDOG').at(-1)).toBe(91_000);
  });

  test('no watchdog, no food; stopped, no word', () => {
    vitals = { ...vitals, isReady: true };
    const supervision = start(null);
    clock.advanceBy(60_000);
    supervision.stop();
    vitals = { ...vitals, text: 'other' };
    clock.advanceBy(60_000);
    expect(timesOf('WATCHDOG')).toEqual([]);
    expect(told).toHaveLength(1);
  });
});

test.each([
  [{}, null],
  [{ WATCHDOG_USEC: '30000000' }, 30_000],
  [{ WATCHDOG_USEC: '30000000', WATCHDOG_PID: '7' }, 30_000],
  [{ WATCHDOG_USEC: '30000000', WATCHDOG_PID: '8' }, null],
  [{ WATCHDOG_USEC: '0' }, null],
  [{ WATCHDOG_USEC: 'x' }, null],
])('the watchdog in %o is %o ms for process 7', (environment, expected) => {
  expect(watchdogMsOf(environment, 7)).toBe(expected);
});

describe('notifier', () => {
  let directory: string;
  let lines: string[];

  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), 'notify-'));
    lines = [];
  });

  afterEach(() => {
    rmSync(directory, { recursive: true, force: true });
  });

  /** A program in place of systemd-notify that writes down its arguments. */
  function notifier(script = `echo "$#" "$@" >> ${directory}/told`): Notifier {
    const program = join(directory, 'notify');
    writeFileSync(program, `#!/bin/sh\n${script}\n`);
    chmodSync(program, 0o755);
    const log = createLog({ level: 'info', format: 'journal', write: (line) => lines.push(line.trimEnd()) });
    return new Notifier(log, program);
  }

  const told = () => readFileSync(join(directory, 'told'), 'utf8').trimEnd().split('\n');

  test('sends one call at a time; of what waits meanwhile the latest counts', async () => {
    const one = notifier();
    one.tell({ READY: '1', STATUS: 'first' });
    one.tell({ STATUS: 'second' });
    one.tell({ STATUS: 'third', WATCHDOG: '1' });
    await one.flushed();
    expect(told()).toEqual(['2 READY=1 STATUS=first', '2 STATUS=third WATCHDOG=1']);
    one.tell({ STOPPING: '1' });
    await one.flushed();
    expect(told()).toHaveLength(3);
  });

  test('a text is one line, whatever is in it', async () => {
    const one = notifier();
    one.tell({ STATUS: `a\nWATCHDOG=trigger\r${'x'.repeat(600)}` });
    await one.flushed();
    expect(told()).toHaveLength(1);
    expect(told()[0]).toMatch(/^1 STATUS=a WATCHDOG=trigger x+$/);
    expect(told()[0]?.length).toBeLessThan(520);
  });

  test('that it cannot be told is logged once, until it can', async () => {
    const one = notifier(`test -e ${directory}/ok`);
    for (let count = 0; count < 3; count++) {
      one.tell({ WATCHDOG: '1' });
      await one.flushed();
    }
    expect(lines).toHaveLength(1);
    expect(lines[0]).toMatch(/^<3>systemd cannot be told how afteryou is why=/);
    writeFileSync(join(directory, 'ok'), '');
    one.tell({ WATCHDOG: '1' });
    await one.flushed();
    rmSync(join(directory, 'ok'));
    one.tell({ WATCHDOG: '1' });
    await one.flushed();
    expect(lines).toHaveLength(2);
  });
});
