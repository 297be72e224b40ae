import { beforeEach, expect, test } from 'vitest';
import { QuietTimer } from '../../../src/daemon/quiet-timer.ts';
import { VirtualClock } from '../../../src/timers/virtual-clock.ts';

let clock: VirtualClock;
let actedAtMs: number[];
let timer: QuietTimer;

beforeEach(() => {
  clock = new VirtualClock();
  actedAtMs = [];
  timer = new QuietTimer({ clock, quietMs: 100, waitMsMax: 1_000, act: () => actedAtMs.push(clock.nowMs()) });
});

test('one request: after it has been quiet', () => {
  timer.ask();
  clock.advanceTo(5_000);
  expect(actedAtMs).toEqual([100]);
});

test('requests that come before it is quiet are served together', () => {
  timer.ask();
  clock.advanceTo(99);
  timer.ask();
  clock.advanceTo(5_000);
  expect(actedAtMs).toEqual([199]);
});

test('requests that never cease are served at last, and again', () => {
  for (let nowMs = 0; nowMs < 2_500; nowMs += 50) {
    clock.advanceTo(nowMs);
    timer.ask();
  }
  expect(actedAtMs).toEqual([1_000, 2_000]);
});

test('called off, nothing happens; asked again, it begins anew', () => {
  timer.ask();
  clock.advanceTo(50);
  timer.cancel();
  clock.advanceTo(2_000);
  expect(actedAtMs).toEqual([]);
  timer.ask();
  clock.advanceTo(5_000);
  expect(actedAtMs).toEqual([2_100]);
});
