/**
 * A clock that only moves when it is told to: for tests and for simulation.
 */

import type { CancelTimer, Clock } from './clock.ts';

interface Waiting {
  readonly atMs: number;
  readonly order: number;
  readonly fire: () => void;
}

export class VirtualClock implements Clock {
  #nowMs: number;
  #order = 0;
  readonly #waiting = new Set<Waiting>();

  constructor(startMs = 0) {
    this.#nowMs = startMs;
  }

  nowMs(): number {
    return this.#nowMs;
  }

  callAt(atMs: number, fire: () => void): CancelTimer {
    this.#order += 1;
    const waiting = { atMs, order: this.#order, fire };
    this.#waiting.add(waiting);
    return () => this.#waiting.delete(waiting);
  }

  /** Moves to `toMs`, firing what is due on the way in order of time, then in order of asking. */
  advanceTo(toMs: number): void {
    for (let next = this.#earliest(toMs); next; next = this.#earliest(toMs)) {
      this.#waiting.delete(next);
      this.#nowMs = Math.max(this.#nowMs, next.atMs);
      next.fire();
    }
    this.#nowMs = Math.max(this.#nowMs, toMs);
  }

  advanceBy(byMs: number): void {
    this.advanceTo(this.#nowMs + byMs);
  }

  #earliest(untilMs: number): Waiting | undefined {
    let earliest: Waiting | undefined;
    for (const waiting of this.#waiting) {
      if (waiting.atMs > untilMs) continue;
      const isEarlier =
        !earliest ||
        waiting.atMs < earliest.atMs ||
        (waiting.atMs === earliest.atMs && waiting.order < earliest.order);
      if (isEarlier) earliest = waiting;
    }
    return earliest;
  }
}
