/**
 * One real timer for all deadlines: it is always set to the earliest one.
 *
 * A wake-up that finds nothing due is harmless; one that comes late hands out everything that is due, in
 * order, and says how late it was.
 */

import type { CancelTimer, Clock } from './clock.ts';
import { DeadlineHeap } from './deadline-heap.ts';

export interface AlarmListener<K> {
  /** `key`'s deadline has come, `latenessMs` ago. The deadline is gone; set the next one if there is one. */
  onDue(key: K, latenessMs: number): void;
}

export class Alarm<K> {
  readonly #clock: Clock;
  readonly #listener: AlarmListener<K>;
  readonly #deadlines = new DeadlineHeap<K>();
  #armedMs: number | null = null;
  #cancel: CancelTimer | null = null;
  #isFiring = false;

  constructor(clock: Clock, listener: AlarmListener<K>) {
    this.#clock = clock;
    this.#listener = listener;
  }

  get size(): number {
    return this.#deadlines.size;
  }

  /** Sets, moves or (null) drops the deadline of `key`. */
  set(key: K, atMs: number | null): void {
    if (atMs === null) {
      if (!this.#deadlines.delete(key)) return;
    } else if (this.#deadlines.get(key) === atMs) {
      return;
    } else {
      this.#deadlines.set(key, atMs);
    }
    if (!this.#isFiring) this.#arm();
  }

  get(key: K): number | undefined {
    return this.#deadlines.get(key);
  }

  /** Drops the real timer, also from within `onDue`; deadlines set later arm it again. */
  stop(): void {
    this.#isFiring = false;
    this.#cancel?.();
    this.#cancel = null;
    this.#armedMs = null;
  }

  #arm(): void {
    const earliest = this.#deadlines.peek();
    if (!earliest) {
      this.stop();
    } else if (this.#armedMs === null || earliest.atMs < this.#armedMs) {
      // Set for an earlier moment it wakes up for nothing once, which costs less than a new timer for each deadline that goes.
      this.stop();
      this.#armedMs = earliest.atMs;
      this.#cancel = this.#clock.callAt(earliest.atMs, () => this.#fire());
    }
  }

  #fire(): void {
    this.#armedMs = null;
    this.#cancel = null;
    this.#isFiring = true;
    try {
      // Only what is due by now: a deadline set to this very moment while firing waits for the next round,
      // so that two keys that wake each other can't hold the event loop.
      const nowMs = this.#clock.nowMs();
      for (let left = this.#deadlines.size; left > 0 && this.#isFiring; left -= 1) {
        const dueMs = this.#deadlines.peek()?.atMs;
        const key = this.#deadlines.popDue(nowMs);
        if (key === undefined || dueMs === undefined) break;
        // Of many at once the last ones are served later than the first.
        this.#listener.onDue(key, this.#clock.nowMs() - dueMs);
      }
    } finally {
      if (this.#isFiring) {
        this.#isFiring = false;
        this.#arm();
      }
    }
  }
}
