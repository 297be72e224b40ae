/**
 * What can wait until charon is served: lines of the log, the history, counts.
 *
 * In a storm that is as much work as the decisions themselves, and would stand before the next one each time. So it waits until
 * nothing more has come for a moment, but not for long, and is then done in order, some at a time. Whoever reads what it makes has it
 * done first (`flush`).
 */

import type { Clock } from '../timers/clock.ts';
import { AT_ONCE } from './in-slices.ts';
import { QuietTimer } from './quiet-timer.ts';

/** It begins when nothing has come for this time. */
export const QUIET_MS = 10;

/** However much comes, nothing waits longer than this before it begins. */
export const WAIT_MS_MAX = 500;

/** Most that waits: the ticks of 2,000 peers at one moment. Beyond that each that comes has the oldest one done. */
export const WAITING_MAX = 4_096;

export class Afterwards {
  readonly #quiet: QuietTimer;
  readonly #waiting: (() => void)[] = [];
  #isUnderWay = false;

  constructor(clock: Clock) {
    const act = (): void => this.#doSome();
    this.#quiet = new QuietTimer({ clock, quietMs: QUIET_MS, waitMsMax: WAIT_MS_MAX, act });
  }

  /** Has `work` done later, after all that was handed in before. What it throws is nobody's: it ends the daemon. */
  later(work: () => void): void {
    this.#waiting.push(work);
    if (this.#waiting.length > WAITING_MAX) this.#waiting.shift()?.();
    if (!this.#isUnderWay) this.#quiet.ask();
  }

  /** Does all of it now. */
  flush(): void {
    for (const work of this.#waiting.splice(0)) work();
  }

  /** Does all of it now, and nothing by itself any more. */
  stop(): void {
    this.#quiet.cancel();
    this.flush();
  }

  #doSome(): void {
    this.#isUnderWay = true;
    for (const work of this.#waiting.splice(0, AT_ONCE)) work();
    this.#isUnderWay = this.#waiting.length > 0;
    if (this.#isUnderWay) setImmediate(() => this.#doSome());
  }
}
