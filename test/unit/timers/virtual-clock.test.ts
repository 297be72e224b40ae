import { beforeEach, expect, test } from 'vitest';
import { VirtualClock } from '../../../src/timers/virtual-clock.ts';

let clock: VirtualClock;
let fired: string[];

beforeEach(() => {
  clock = new VirtualClock(100);
  fired = [];
});

function record(name: string): () => void {
  return () => fired.push(`${name}@${clock.nowMs()}`);
}

test('stands still until it is told to move', () => {
  expect(clock.nowMs()).toBe(100);
  clock.advanceBy(5);
  expect(clock.nowMs()).toBe(105);
  clock.advanceTo(120);
  expect(clock.nowMs()).toBe(120);
});

test('never goes back', () => {
  clock.advanceTo(50);
  expect(clock.nowMs()).toBe(100);
});

test('fires on the way, in order of time and then of asking, each at its own moment', () => {
  clock.callAt(120, record('c'));
  clock.callAt(110, record('a'));
  clock.callAt(110, record('b'));
  clock.callAt(131, record('not yet'));
  clock.advanceTo(130);
  expect(fired).toEqual(['a@110', 'b@110', 'c@120']);
  expect(clock.nowMs()).toBe(130);
});

test('what a timer asks for on the way is fired too if it is due', () => {
  clock.callAt(110, () => {
    clock.callAt(115, record('inner'));
    clock.callAt(200, record('later'));
  });
  clock.advanceTo(120);
  expect(fired).toEqual(['inner@115']);
});

test('a moment that has passed is due now', () => {
  clock.callAt(90, record('past'));
  expect(fired).toEqual([]);
  clock.advanceBy(0);
  expect(fired).toEqual(['past@100']);
});

test('each fires once; one that was called off does not', () => {
  const cancel = clock.callAt(110, record('off'));
  clock.callAt(110, record('on'));
  cancel();
  cancel();
  clock.advanceTo(110);
  clock.advanceTo(120);
  expect(fired).toEqual(['on@110']);
});
