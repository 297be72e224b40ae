/**
 * Virtual time: what is to happen, in order of time and then of asking. The real code sees it as its `Clock`.
 *
 * A heap, so that a simulated hour costs what happens in it. Answers of charon are promises; after something
 * that settled one, everything that waits for it goes on before time does.
 */

import type { CancelTimer, Clock } from '../../src/timers/clock.ts';

interface Entry {
  readonly atMs: number;
  readonly order: number;
  fire: (() => void) | null;
}

/** Longer than any chain of promises between an answer of charon and the policy. */
const TURNS_OF_PROMISES = 8;

/** More at one and the same moment is no progress. */
const AT_ONE_MOMENT_MAX = 20_000;

export class Scheduler implements Clock {
  readonly #heap: Entry[] = [];
  #nowMs = 0;
  #order = 0;
  #hasSettled = false;
  /** Happenings so far. */
  fired = 0;

  nowMs(): number {
    return this.#nowMs;
  }

  callAt(atMs: number, fire: () => void): CancelTimer {
    this.#order += 1;
    const entry: Entry = { atMs: Math.max(atMs, this.#nowMs), order: this.#order, fire };
    this.#push(entry);
    return () => {
      entry.fire = null;
    };
  }

  callIn(inMs: number, fire: () => void): CancelTimer {
    return this.callAt(this.#nowMs + inMs, fire);
  }

  /** A promise was resolved or rejected. */
  settled(): void {
    this.#hasSettled = true;
  }

  /**
   * Goes on until `untilMs`, or until `isOver` says so after something happened.
   * @throws Error if time stands still
   */
  async run(untilMs: number, isOver: () => boolean): Promise<void> {
    let atThisMoment = 0;
    await this.#letPromisesGoOn();
    while (!isOver()) {
      const first = this.#heap[0];
      if (!first || first.atMs > untilMs) {
        this.#nowMs = Math.max(this.#nowMs, untilMs);
        return;
      }
      this.#pop();
      if (first.fire === null) continue;
      atThisMoment = first.atMs > this.#nowMs ? 0 : atThisMoment + 1;
      if (atThisMoment > AT_ONE_MOMENT_MAX) throw new Error(`time stands still at ${this.#nowMs} ms`);
      this.#nowMs = first.atMs;
      this.fired += 1;
      first.fire();
      if (this.#hasSettled) await this.#letPromisesGoOn();
    }
  }

  async #letPromisesGoOn(): Promise<void> {
    this.#hasSettled = false;
    for (let turn = 0; turn < TURNS_OF_PROMISES; turn += 1) await Promise.resolve();
  }

  #push(entry: Entry): void {
    const heap = this.#heap;
    let place = heap.length;
    heap.push(entry);
    while (place > 0) {
      const above = (place - 1) >> 1;
      const parent = heap[above];
      if (!parent || !isBefore(entry, parent)) break;
      heap[place] = parent;
      place = above;
    }
    heap[place] = entry;
  }

  #pop(): void {
    const heap = this.#heap;
    const last = heap.pop();
    if (!last || heap.length === 0) return;
    let place = 0;
    for (;;) {
      let child = 2 * place + 1;
      let least = heap[child];
      const right = heap[child + 1];
      if (right && least && isBefore(right, least)) {
        child += 1;
        least = right;
      }
      if (!least || !isBefore(least, last)) break;
      heap[place] = least;
      place = child;
    }
    heap[place] = last;
  }
}

function isBefore(left: Entry, right: Entry): boolean {
  return left.atMs < right.atMs || (left.atMs === right.atMs && left.order < right.order);
}
