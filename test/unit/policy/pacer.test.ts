/** R15: at most so many turns per second, none beyond so many open calls, in order of deadline, nobody starved. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { PACER_CATCH_UP_MS } from '../../../src/policy/constants.ts';
import { Pacer } from '../../../src/policy/pacer.ts';
import { DeadlineHeap } from '../../../src/timers/deadline-heap.ts';

function newPacer(initiationsPerSecondMax: number, halfOpenMax = 1_000): Pacer<string> {
  return new Pacer({ initiationsPerSecondMax, halfOpenMax }, new DeadlineHeap<string>());
}

/** Takes all turns that may be taken at one moment. */
function takeAll(pacer: Pacer<string>, nowMs: number, openCalls = 0): string[] {
  const taken: string[] = [];
  for (let key = pacer.take(nowMs, openCalls); key !== undefined; key = pacer.take(nowMs, openCalls)) {
    taken.push(key);
  }
  return taken;
}

/** The most moments of `times` (ascending) that lie within one second. */
function mostInASecond(times: readonly number[]): number {
  return times.reduce(
    (most, from) => Math.max(most, times.filter((at) => at >= from && at < from + 1000).length),
    0,
  );
}

describe('who comes first', () => {
  test('the one with the earliest deadline, whenever it asked', () => {
    const pacer = newPacer(10_000);
    pacer.ask('late', 300);
    pacer.ask('early', 100);
    pacer.ask('middle', 200);
    expect([400, 401, 402].map((nowMs) => pacer.take(nowMs, 0))).toEqual(['early', 'middle', 'late']);
  });

  test('of the same deadline, the one that asked first', () => {
    const pacer = newPacer(10_000);
    pacer.ask('b', 100);
    pacer.ask('a', 100);
    expect([pacer.take(200, 0), pacer.take(201, 0)]).toEqual(['b', 'a']);
  });

  test('asking again moves to the new deadline, and gives one turn only', () => {
    const pacer = newPacer(10_000);
    pacer.ask('a', 100);
    pacer.ask('b', 200);
    pacer.ask('a', 300);
    expect(pacer.waiting).toBe(2);
    expect([400, 401, 402].map((nowMs) => pacer.take(nowMs, 0))).toEqual(['b', 'a', undefined]);
  });

  test('one that dropped out gets none', () => {
    const pacer = newPacer(10_000);
    pacer.ask('a', 100);
    pacer.ask('b', 200);
    pacer.drop('a');
    pacer.drop('nobody');
    expect(pacer.take(400, 0)).toBe('b');
    expect(pacer.waiting).toBe(0);
  });
});

describe('turns per second', () => {
  test('an idle pacer gives one at once and a few to catch up, then one per spacing', () => {
    const pacer = newPacer(100);
    for (let index = 0; index < 10; index += 1) pacer.ask(`p${index}`, index);
    // 10 ms apart, and 10 ms may be caught up with: two at once, no more.
    expect(takeAll(pacer, 1000)).toEqual(['p0', 'p1']);
    expect(takeAll(pacer, 1009.9)).toEqual([]);
    expect(takeAll(pacer, 1010)).toEqual(['p2']);
  });

  test('a timer that is late by much catches up with a little', () => {
    const pacer = newPacer(1000);
    for (let index = 0; index < 100; index += 1) pacer.ask(`p${index}`, index);
    takeAll(pacer, 0);
    expect(takeAll(pacer, 50)).toHaveLength(PACER_CATCH_UP_MS + 1);
  });

  test('nextMs is exactly when the next turn may be taken', () => {
    const pacer = newPacer(3);
    for (const key of ['a', 'b', 'c']) pacer.ask(key, 0);
    takeAll(pacer, 0);
    const nextMs = pacer.nextMs(0, 0) ?? Number.NaN;
    expect(nextMs).toBeGreaterThan(0);
    expect(pacer.take(nextMs - 0.001, 0)).toBeUndefined();
    expect(pacer.take(nextMs, 0)).toBe('b');
  });

  test('nextMs is now for one who may have a turn now, and null if nobody waits', () => {
    const pacer = newPacer(3);
    expect(pacer.nextMs(500, 0)).toBeNull();
    pacer.ask('a', 0);
    expect(pacer.nextMs(500, 0)).toBe(500);
  });

  test('never more than the limit in any second but for the catch-up, however asks and wake-ups fall', () => {
    const moments = fc.array(fc.double({ min: 0, max: 400, noNaN: true }), { minLength: 1, maxLength: 60 });
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 200 }), moments, (limit, gaps) => {
        const pacer = newPacer(limit);
        const times: number[] = [];
        let nowMs = 0;
        for (const gapMs of gaps) {
          nowMs += gapMs;
          for (let index = 0; index < limit; index += 1) pacer.ask(`${nowMs}/${index}`, nowMs);
          for (const _ of takeAll(pacer, nowMs)) times.push(nowMs);
        }
        const catchUp = (limit * PACER_CATCH_UP_MS) / 1000;
        expect(mostInASecond(times)).toBeLessThanOrEqual(Math.ceil(limit + catchUp));
      }),
    );
  });

  test('woken when it asks to be, it gives the whole limit in a second', () => {
    for (const limit of [1, 7, 100, 333]) {
      const pacer = newPacer(limit);
      for (let index = 0; index < 3 * limit; index += 1) pacer.ask(`p${index}`, index);
      let given = 0;
      let nowMs = 0;
      while (nowMs < 1000) {
        given += takeAll(pacer, nowMs).length;
        nowMs = pacer.nextMs(nowMs, 0) ?? Number.POSITIVE_INFINITY;
      }
      expect(given).toBeGreaterThanOrEqual(limit);
    }
  });
});

describe('open calls', () => {
  test('a turn is given with one less open than allowed, and none at the limit', () => {
    const pacer = newPacer(100, 5);
    pacer.ask('a', 0);
    expect(pacer.take(100, 5)).toBeUndefined();
    expect(pacer.take(100, 6)).toBeUndefined();
    expect(pacer.take(100, 4)).toBe('a');
  });

  test('at the limit there is no time to come back at: a call must end first', () => {
    const pacer = newPacer(100, 5);
    pacer.ask('a', 0);
    expect(pacer.nextMs(100, 5)).toBeNull();
    expect(pacer.nextMs(100, 4)).toBe(100);
  });
});

describe('setLimits', () => {
  test('holds from the next turn on', () => {
    const pacer = newPacer(100, 1);
    for (const key of ['a', 'b', 'c', 'd', 'e']) pacer.ask(key, 0);
    takeAll(pacer, 0);
    pacer.setLimits({ initiationsPerSecondMax: 1, halfOpenMax: 3 });
    expect(pacer.take(20, 2)).toBe('c');
    expect(pacer.take(20, 3)).toBeUndefined();
    expect(pacer.nextMs(20, 0)).toBeGreaterThan(1000);
    pacer.setLimits({ initiationsPerSecondMax: 1000, halfOpenMax: 3 });
    expect(takeAll(pacer, 1020)).toEqual(['d', 'e']);
  });
});

type Act = { readonly ask: string; readonly deadlineMs: number } | { readonly drop: string };

test('whatever is asked and dropped: turns come in order of deadline, and everyone who still waits gets one', () => {
  const key = fc.constantFrom(...'abcdefgh'.split(''));
  const act: fc.Arbitrary<Act> = fc.oneof(
    { weight: 3, arbitrary: fc.record({ ask: key, deadlineMs: fc.integer({ min: 0, max: 50 }) }) },
    { weight: 1, arbitrary: fc.record({ drop: key }) },
  );
  const round = fc.record({ acts: fc.array(act, { maxLength: 6 }), stepMs: fc.integer({ min: 0, max: 40 }) });
  fc.assert(
    fc.property(fc.array(round, { maxLength: 30 }), (rounds) => {
      const pacer = newPacer(50);
      const waiting = new Map<string, number>();
      const expectTurn = (taken: string) => {
        expect(waiting.get(taken)).toBe(Math.min(...waiting.values()));
        waiting.delete(taken);
      };
      let nowMs = 0;
      for (const { acts, stepMs } of rounds) {
        for (const one of acts) {
          if ('ask' in one) {
            pacer.ask(one.ask, one.deadlineMs);
            waiting.set(one.ask, one.deadlineMs);
          } else {
            pacer.drop(one.drop);
            waiting.delete(one.drop);
          }
        }
        for (const taken of takeAll(pacer, nowMs)) expectTurn(taken);
        nowMs += stepMs;
      }
      for (let atMs = pacer.nextMs(nowMs, 0); atMs !== null; atMs = pacer.nextMs(atMs, 0)) {
        const taken = takeAll(pacer, atMs);
        expect(taken).not.toEqual([]);
        for (const one of taken) expectTurn(one);
      }
      expect([...waiting]).toEqual([]);
      expect(pacer.waiting).toBe(0);
    }),
  );
});
