/**
 * R15 over the time of the clock: gives out turns as soon as they may be given, and comes back when the next one may be.
 *
 * Who may have one, and when, is the pacer's business (policy/pacer.ts). Here is what the pacer can't know: how many calls
 * charon hasn't taken on yet. No turn is given for one that would only wait behind them: initiator mode would run meanwhile.
 */

import { Pacer, type PacerLimits } from '../policy/pacer.ts';
import { DeadlineHeap } from '../timers/deadline-heap.ts';
import { STARTS_AHEAD } from './charon.ts';

export interface TurnsOptions {
  readonly limits: PacerLimits;
  readonly nowMs: () => number;
  /** Calls that are open at this moment, taken on or not. */
  readonly openCalls: () => number;
  /** It is this peer's turn. */
  readonly give: (key: string) => void;
  /** `give()` is to be called again then; null: only when something changes. */
  readonly wakeAt: (atMs: number | null) => void;
}

export class Turns {
  readonly #options: TurnsOptions;
  readonly #pacer: Pacer<string>;
  /** Calls that the charon of the moment hasn't taken on yet. */
  #ahead = { calls: 0 };
  #isGiving = false;
  #isStopped = false;

  constructor(options: TurnsOptions) {
    this.#options = options;
    this.#pacer = new Pacer(options.limits, new DeadlineHeap<string>());
  }

  setLimits(limits: PacerLimits): void {
    this.#pacer.setLimits(limits);
    this.give();
  }

  ask(key: string, deadlineMs: number): void {
    this.#pacer.ask(key, deadlineMs);
  }

  drop(key: string): void {
    this.#pacer.drop(key);
  }

  /** charon is another one: what the one before hasn't taken on doesn't count. */
  forgetCalls(): void {
    this.#ahead = { calls: 0 };
  }

  /** Runs `call`, which ends when charon has taken it on or refused it. */
  async during(call: () => Promise<unknown>): Promise<void> {
    const ahead = this.#ahead;
    ahead.calls += 1;
    try {
      await call();
    } finally {
      ahead.calls -= 1;
      this.give();
    }
  }

  /** Gives out the turns that may be given now. */
  give(): void {
    if (this.#isGiving || this.#isStopped) return;
    if (this.#pacer.waiting === 0) {
      this.#options.wakeAt(null);
      return;
    }
    this.#isGiving = true;
    try {
      for (let key = this.#take(); key !== undefined; key = this.#take()) this.#options.give(key);
    } finally {
      this.#isGiving = false;
    }
    const { nowMs, openCalls, wakeAt } = this.#options;
    wakeAt(this.#isBusy ? null : this.#pacer.nextMs(nowMs(), openCalls()));
  }

  /** Gives none any more. */
  stop(): void {
    this.#isStopped = true;
  }

  get #isBusy(): boolean {
    return this.#ahead.calls >= STARTS_AHEAD;
  }

  #take(): string | undefined {
    if (this.#isBusy) return undefined;
    return this.#pacer.take(this.#options.nowMs(), this.#options.openCalls());
  }
}
