/**
 * R15: initiations over all peers are paced. Who asked with the earliest deadline comes first, so nobody is
 * starved; per second at most `initiationsPerSecondMax` turns are given, and none while
 * `halfOpenMax` calls are open.
 *
 * Pure in the sense of the policy: time comes in, turns come out. It keeps its queue in place, because with
 * 100,000 peers a copy per turn would cost more than the turn.
 */

import { PACER_CATCH_UP_MS } from './constants.ts';

export interface PacerLimits {
  /** Turns per second, 1..10,000. */
  readonly initiationsPerSecondMax: number;
  /** Calls that may be open at a time, 1..100,000. */
  readonly halfOpenMax: number;
}

/** A queue of keys in order of a number; `DeadlineHeap` is one. */
export interface TurnQueue<K> {
  readonly size: number;
  set(key: K, atMs: number): void;
  delete(key: K): boolean;
  peek(): { readonly key: K; readonly atMs: number } | undefined;
}

export class Pacer<K> {
  readonly #queue: TurnQueue<K>;
  #limits: PacerLimits;
  /** When the next turn may be given. */
  #nextMs = Number.NEGATIVE_INFINITY;

  constructor(limits: PacerLimits, queue: TurnQueue<K>) {
    this.#limits = limits;
    this.#queue = queue;
  }

  get waiting(): number {
    return this.#queue.size;
  }

  setLimits(limits: PacerLimits): void {
    this.#limits = limits;
  }

  /** `key` wants a turn; asking again moves it to its new deadline. */
  ask(key: K, deadlineMs: number): void {
    this.#queue.set(key, deadlineMs);
  }

  drop(key: K): void {
    this.#queue.delete(key);
  }

  /**
   * Gives a turn, if one may be given now.
   * @param openCalls calls that are open at this moment
   */
  take(nowMs: number, openCalls: number): K | undefined {
    const first = this.#queue.peek();
    if (!first || nowMs < this.#nextMs || openCalls >= this.#limits.halfOpenMax) return undefined;
    this.#queue.delete(first.key);
    const spacingMs = 1000 / this.#limits.initiationsPerSecondMax;
    // A timer that fires late may catch up, but only by a little: the limit holds over every second.
    this.#nextMs = Math.max(this.#nextMs, nowMs - PACER_CATCH_UP_MS) + spacingMs;
    return first.key;
  }

  /** When it is worth asking again; null if that isn't a matter of time (nobody waits, or calls must end first). */
  nextMs(nowMs: number, openCalls: number): number | null {
    if (this.#queue.size === 0 || openCalls >= this.#limits.halfOpenMax) return null;
    return Math.max(nowMs, this.#nextMs);
  }
}
