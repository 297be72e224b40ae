/** What waits until charon is served: done in order, once, and not for ever later. */
import { beforeEach, expect, test } from 'vitest';
import { Afterwards, QUIET_MS, WAIT_MS_MAX, WAITING_MAX } from '../../../src/daemon/afterwards.ts';
import { AT_ONCE } from '../../../src/daemon/in-slices.ts';
import { VirtualClock } from '../../../src/timers/virtual-clock.ts';
import { everythingElse } from '../../helpers/fake-policy-charon.ts';

/** When what came at once has begun. */
const SURELY_MS = 2 * QUIET_MS;

let clock: VirtualClock;
let afterwards: Afterwards;
let done: number[];

beforeEach(() => {
  clock = new VirtualClock();
  afterwards = new Afterwards(clock);
  done = [];
});

function handIn(count: number, first = 0): void {
  // Of this test: slices of the one before may still come.
  const own = done;
  for (let number = first; number < first + count; number += 1) afterwards.later(() => own.push(number));
}

const upTo = (count: number) => Array.from({ length: count }, (_, number) => number);

test('it waits until nothing has come for a moment', () => {
  handIn(1);
  clock.advanceTo(QUIET_MS - 1);
  handIn(1, 1);
  clock.advanceTo(2 * QUIET_MS - 2);
  expect(done).toEqual([]);
  clock.advanceTo(2 * QUIET_MS);
  expect(done).toEqual([0, 1]);
});

test('if something always comes, it begins all the same', () => {
  for (let nowMs = 0; nowMs < WAIT_MS_MAX; nowMs += QUIET_MS / 2) {
    clock.advanceTo(nowMs);
    handIn(1, done.length);
  }
  expect(done).toEqual([]);
  clock.advanceTo(WAIT_MS_MAX);
  expect(done.length).toBeGreaterThan(0);
});

test('much is done some at a time, in order, what comes meanwhile after it', async () => {
  handIn(2 * AT_ONCE);
  clock.advanceTo(SURELY_MS);
  expect(done).toEqual(upTo(AT_ONCE));
  handIn(1, 2 * AT_ONCE);
  await everythingElse();
  await everythingElse();
  expect(done).toEqual(upTo(2 * AT_ONCE + 1));
});

test('after a rest it begins anew', () => {
  handIn(1);
  clock.advanceTo(SURELY_MS);
  handIn(1, 1);
  expect(done).toEqual([0]);
  clock.advanceBy(SURELY_MS);
  expect(done).toEqual([0, 1]);
});

test('flushed, all is done at once, and only once', async () => {
  handIn(3 * AT_ONCE);
  afterwards.flush();
  expect(done).toEqual(upTo(3 * AT_ONCE));
  clock.advanceTo(SURELY_MS);
  await everythingElse();
  expect(done).toEqual(upTo(3 * AT_ONCE));
});

test('flushed while it is under way, nothing is done twice and the order stays', async () => {
  handIn(3 * AT_ONCE);
  clock.advanceTo(SURELY_MS);
  afterwards.flush();
  handIn(1, 3 * AT_ONCE);
  await everythingElse();
  clock.advanceBy(SURELY_MS);
  await everythingElse();
  expect(done).toEqual(upTo(3 * AT_ONCE + 1));
});

test('no more than so many wait: the oldest makes room', () => {
  handIn(WAITING_MAX + 2);
  expect(done).toEqual([0, 1]);
});

test('stopped, all is done', () => {
  handIn(1);
  afterwards.stop();
  expect(done).toEqual([0]);
});
