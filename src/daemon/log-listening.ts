/**
 * Whether charon's log is listened to: always, but not amid a burst of calls.
 *
 * Each line that charon tells of is a message, a job and a wake-up of its own: taking on 1,000 calls as quickly as it could took it 1.15
 * to 1.3 times as long with its log told and never read, and 1.5 to 2 times with each line read at once (5.9.8). Lines are hints, of
 * which a burst of our own calls has little need; whatever was missed a listing of everything brings to light afterwards.
 *
 * A burst is short, and so is this: peers that refuse our calls day and night must not keep charon's words from the operator.
 */

import type { CancelTimer, Clock } from '../timers/clock.ts';
import type { Subscription } from '../vici/index.ts';

/** So many calls within this time are a burst. */
export const BURST = { calls: 50, withinMs: 1_000 } as const;

/** It is over when no call was made for so long. */
export const QUIET_MS = 500;

/** Longest time without the log, and how long it is listened to from then on whatever happens. */
export const DEAF = { msMax: 5_000, restMs: 60_000 } as const;

export interface LogListeningOptions {
  readonly clock: Clock;
  /** Has charon tell of its log; rejects if the connection has ended. */
  readonly subscribe: () => Promise<Subscription>;
  /** Lines may have been missed; from now on none is. */
  readonly onMissed: () => void;
}

export class LogListening {
  readonly #options: LogListeningOptions;
  #subscription: Subscription | undefined;
  #isDeaf = false;
  #isStopped = false;
  /** Calls since then. */
  #calls = 0;
  #sinceMs = Number.NEGATIVE_INFINITY;
  #lastCallMs = Number.NEGATIVE_INFINITY;
  /** When the log must be listened to again, and until when it is then. */
  #deafUntilMs = 0;
  #heardUntilMs = Number.NEGATIVE_INFINITY;
  #cancel: CancelTimer = () => undefined;

  constructor(options: LogListeningOptions) {
    this.#options = options;
  }

  /** @throws VICI_TIMEOUT, VICI_CLOSED */
  async begin(): Promise<void> {
    this.#subscription = await this.#options.subscribe();
  }

  /** A call is handed to charon. */
  called(): void {
    if (this.#isStopped) return;
    const nowMs = this.#options.clock.nowMs();
    this.#lastCallMs = nowMs;
    if (this.#isDeaf) return;
    if (nowMs >= this.#sinceMs + BURST.withinMs) {
      this.#sinceMs = nowMs;
      this.#calls = 0;
    }
    this.#calls += 1;
    if (this.#calls >= BURST.calls && nowMs >= this.#heardUntilMs) this.#turnAway(nowMs);
  }

  /** The connection has ended. Calls that were waiting for their turn may still come, and mean nothing. */
  stop(): void {
    this.#isStopped = true;
    this.#cancel();
  }

  #turnAway(nowMs: number): void {
    this.#isDeaf = true;
    this.#deafUntilMs = nowMs + DEAF.msMax;
    // If charon doesn't confirm, the session ends and all begins anew.
    void this.#subscription?.close().catch(() => undefined);
    this.#look();
  }

  /** Is the burst over? If not, looks again when it could be. */
  #look(): void {
    const { clock } = this.#options;
    const overMs = Math.min(this.#lastCallMs + QUIET_MS, this.#deafUntilMs);
    if (clock.nowMs() < overMs) this.#cancel = clock.callAt(overMs, () => this.#look());
    else void this.#listenAgain();
  }

  async #listenAgain(): Promise<void> {
    const { clock, subscribe, onMissed } = this.#options;
    try {
      this.#subscription = await subscribe();
    } catch {
      // The session has ended: all begins anew.
      return;
    }
    if (this.#isStopped) return;
    this.#isDeaf = false;
    this.#heardUntilMs = clock.nowMs() + DEAF.restMs;
    onMissed();
  }
}
