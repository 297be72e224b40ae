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
  #cancelTimer: CancelTimer = () => undefined;

  constructor(options: QuietTimerOptions) {
    this.#options = options;
  }

  ask(): void {
    const { clock, quietMs, waitMsMax, act } = this.#options;
    const nowMs = clock.nowMs();
    this.#firstMs ??= nowMs;
    this.#cancelTimer();
    this.#cancelTimer = clock.callAt(Math.min(nowMs + quietMs, this.#firstMs + waitMsMax), () => {
      this.#firstMs = null;
      act();
    });
  }

  cancel(): void {
    this.#firstMs = null;
    this.#cancelTimer();
  }
}
