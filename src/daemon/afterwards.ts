/**
 * What can wait until charon is served: lines of the log, the history, counts.
 *
 * In a storm that is as much work as the decisions themselves, and would stand before the next one each time. So it waits until
 * nothing more has come for a moment, but not for long, and is then done in order, some at a time. Whoever reads what it makes has it
 * done first (`flush`).
 */

import type { CancelTimer, Clock } from '../timers/clock.ts';
import { AT_ONCE } from './in-slices.ts';

/** It begins when nothing has come for this time, and at most twice as long. */
export const QUIET_MS = 10;

/** However much comes, nothing waits longer than this before it begins. */
export const WAIT_MS_MAX = 500;

/** Most that waits: the ticks of 2,000 peers at one moment. Beyond that each that comes has the oldest one done. */
export const WAITING_MAX = 4_096;

export class Afterwards {
  readonly #clock: Clock;
  readonly #waiting: (() => void)[] = [];
  /** How many have come so far; whether some have since the last look tells if it is quiet. */
  #count = 0;
  #isUnderWay = false;
  #cancelLook: CancelTimer = () => undefined;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Has `work` done later, after all that was handed in before. What it throws is nobody's: it ends the daemon. */
  later(work: () => void): void {
    this.#waiting.push(work);
    this.#count += 1;
    if (this.#waiting.length > WAITING_MAX) this.#waiting.shift()?.();
    if (this.#isUnderWay) return;
    this.#isUnderWay = true;
    this.#lookIn(QUIET_MS, this.#clock.nowMs() + WAIT_MS_MAX);
  }

  /** Does all of it now. */
  flush(): void {
    for (const work of this.#waiting.splice(0)) work();
  }

  /** Does all of it now, and nothing by itself any more. */
  stop(): void {
    this.#cancelLook();
    this.flush();
  }

  /** One timer for many: set anew only when it has run out. */
  #lookIn(ms: number, untilMs: number): void {
    const count = this.#count;
    const nowMs = this.#clock.nowMs();
    this.#cancelLook = this.#clock.callAt(Math.min(nowMs + ms, untilMs), () => {
      const isQuiet = this.#count === count;
      if (isQuiet || this.#clock.nowMs() >= untilMs) this.#doSome();
      else this.#lookIn(ms, untilMs);
    });
  }

  #doSome(): void {
    for (const work of this.#waiting.splice(0, AT_ONCE)) work();
    this.#isUnderWay = this.#waiting.length > 0;
    if (this.#isUnderWay) setImmediate(() => this.#doSome());
  }
}
