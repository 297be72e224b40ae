/** The heap against the plainest thing that does the same: a list that is sorted whenever it is asked. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { DeadlineHeap } from '../../../src/timers/deadline-heap.ts';

interface Entry {
  readonly key: string;
  readonly atMs: number;
}

/** At most one deadline per key; of two at the same time the one set earlier comes first. */
class SortedList {
  #entries: Entry[] = [];

  get size(): number {
    return this.#entries.length;
  }

  set(key: string, atMs: number): void {
    this.delete(key);
    this.#entries.push({ key, atMs });
  }

  delete(key: string): boolean {
    const before = this.size;
    this.#entries = this.#entries.filter((entry) => entry.key !== key);
    return this.size < before;
  }

  get(key: string): number | undefined {
    return this.#entries.find((entry) => entry.key === key)?.atMs;
  }

  peek(): Entry | undefined {
    return this.#entries.toSorted((left, right) => left.atMs - right.atMs)[0];
  }

  popDue(nowMs: number): string | undefined {
    const first = this.peek();
    if (!first || first.atMs > nowMs) return undefined;
    this.delete(first.key);
    return first.key;
  }
}

interface Pair {
  readonly model: SortedList;
  readonly real: DeadlineHeap<string>;
}

type Action = (pair: Pair) => void;

const KEYS = 'abcdefghijkl'.split('');
const key = fc.constantFrom(...KEYS);
/** Few different times, so that ties are common. */
const time = fc.integer({ min: -3, max: 12 });

const action: fc.Arbitrary<Action> = fc.oneof(
  { weight: 4, arbitrary: fc.tuple(key, time).map(([k, atMs]): Action => setBoth(k, atMs)) },
  { weight: 1, arbitrary: key.map((k): Action => deleteBoth(k)) },
  { weight: 2, arbitrary: time.map((nowMs): Action => popBoth(nowMs)) },
);

const setBoth =
  (k: string, atMs: number): Action =>
  ({ model, real }) => {
    model.set(k, atMs);
    real.set(k, atMs);
  };

const deleteBoth =
  (k: string): Action =>
  ({ model, real }) =>
    expect(real.delete(k)).toBe(model.delete(k));

const popBoth =
  (nowMs: number): Action =>
  ({ model, real }) =>
    expect(real.popDue(nowMs)).toBe(model.popDue(nowMs));

test('the heap answers as a sorted list would, whatever is set, moved, dropped and taken', () => {
  fc.assert(
    fc.property(fc.array(action, { maxLength: 80 }), (actions) => {
      const pair: Pair = { model: new SortedList(), real: new DeadlineHeap<string>() };
      for (const act of actions) {
        act(pair);
        expect(pair.real.size).toBe(pair.model.size);
        expect(pair.real.peek()).toEqual(pair.model.peek() && expect.objectContaining(pair.model.peek()));
        for (const one of KEYS) expect(pair.real.get(one)).toBe(pair.model.get(one));
      }
    }),
    { numRuns: 300 },
  );
});

test('whatever was set comes out in order of time', () => {
  fc.assert(
    fc.property(fc.array(fc.double({ noNaN: true }), { maxLength: 200 }), (times) => {
      const heap = new DeadlineHeap<number>();
      for (const [index, atMs] of times.entries()) heap.set(index, atMs);
      const out: number[] = [];
      for (let next = heap.popDue(Infinity); next !== undefined; next = heap.popDue(Infinity)) {
        out.push(times[next] ?? Number.NaN);
      }
      expect(out).toEqual(times.toSorted((left, right) => left - right));
      expect(heap.size).toBe(0);
    }),
  );
});

test('a deadline is due at its own moment and not before', () => {
  const heap = new DeadlineHeap<string>();
  heap.set('a', 10);
  expect(heap.popDue(9.999)).toBeUndefined();
  expect(heap.popDue(10)).toBe('a');
  expect(heap.popDue(10)).toBeUndefined();
});
