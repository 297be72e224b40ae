/**
 * Waits until requests cease for a moment, and then acts once for all of them; but not for ever, since they
 * may not cease.
 */

import type { CancelTimer, Clock } from '../timers/clock.ts';

export interface QuietTimerOptions {
  readonly clock: Clock;
  /** How long it must be quiet. */
  readonly quietMs: number;
  /** Longest wait after the first request. */
  readonly waitMsMax: number;
  readonly act: () => void;
}

export class QuietTimer {
  readonly #options: QuietTimerOptions;
  #firstMs: number | null = null;
  #lastMs = 0;
  #cancelTimer: CancelTimer = () => undefined;

  constructor(options: QuietTimerOptions) {
    this.#options = options;
  }

  ask(): void {
    this.#lastMs = this.#options.clock.nowMs();
    if (this.#firstMs !== null) return;
    this.#firstMs = this.#lastMs;
    this.#wait(this.#firstMs);
  }

  cancel(): void {
    this.#firstMs = null;
    this.#cancelTimer();
  }

  /** One timer for many requests: set anew only when it has run out. */
  #wait(firstMs: number): void {
    const { clock, quietMs, waitMsMax, act } = this.#options;
    const askedMs = this.#lastMs;
    const untilMs = firstMs + waitMsMax;
    this.#cancelTimer = clock.callAt(Math.min(askedMs + quietMs, untilMs), () => {
      if (this.#lastMs > askedMs && clock.nowMs() < untilMs) {
        this.#wait(firstMs);
        return;
      }
      this.#firstMs = null;
      act();
    });
  }
}
