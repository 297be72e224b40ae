/**
 * One timer for all deadlines of a connection.
 *
 * Nearly every deadline is forgotten before it comes, because the answer comes first. So an earlier timer is left as it is:
 * when it fires, whoever has deadlines looks which have come, and says which are next. A timer for each question would be
 * a twentieth of what a round trip costs.
 */
export class DeadlineWatch {
  readonly #onTime: () => void;
  #timer: NodeJS.Timeout | undefined;
  #firesAtMs = Number.POSITIVE_INFINITY;

  /** `onTime` is called when a deadline may have come, perhaps too early or for nothing; the later ones it must tell again. */
  constructor(onTime: () => void) {
    this.#onTime = onTime;
  }

  /** Calls at `deadlineMs` at the latest (as `performance.now()` tells); infinite is never. */
  by(deadlineMs: number): void {
    if (deadlineMs >= this.#firesAtMs) return;
    clearTimeout(this.#timer);
    this.#firesAtMs = deadlineMs;
    const delayMs = Math.max(1, Math.ceil(deadlineMs - performance.now()));
    // Who waits has an open connection; the timer by itself must not keep the process alive.
    this.#timer = setTimeout(() => this.#fire(), delayMs).unref();
  }

  stop(): void {
    clearTimeout(this.#timer);
    this.#firesAtMs = Number.POSITIVE_INFINITY;
  }

  #fire(): void {
    this.#firesAtMs = Number.POSITIVE_INFINITY;
    this.#onTime();
  }
}
