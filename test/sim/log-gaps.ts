/**
 * Times at which a sidecar doesn't listen to charon's log, and what is told then never reaches it: as amid a burst of calls
 * (`src/daemon/log-listening.ts`), but without the burst, which one to four peers never make. Knows times, not lines.
 */

import type { CancelTimer, Clock } from '../../src/timers/clock.ts';
import type { Dice } from './dice.ts';

export interface LogGapTraits {
  /** How long the log isn't listened to at a time; 0: it always is. */
  readonly logGapMs: number;
  /** A call of ours begins it, as in a burst; else the clock does. */
  readonly hasGapsAtCalls: boolean;
}

/** How long it is listened to from then on, whatever happens. */
const HEARD_MS = 60_000;

export class LogGaps {
  readonly #clock: Clock;
  readonly #traits: LogGapTraits;
  readonly #onMissed: () => void;
  #isDeaf = false;
  #heardUntilMs = Number.NEGATIVE_INFINITY;
  #cancel: CancelTimer = () => undefined;

  /** @param onMissed lines may have been missed; from now on none is */
  constructor(clock: Clock, dice: Dice, traits: LogGapTraits, onMissed: () => void) {
    this.#clock = clock;
    this.#traits = traits;
    this.#onMissed = onMissed;
    if (traits.logGapMs > 0 && !traits.hasGapsAtCalls) this.#beginIn(dice.next() * HEARD_MS);
  }

  get isDeaf(): boolean {
    return this.#isDeaf;
  }

  /** A call is handed to charon. */
  called(): void {
    const { logGapMs, hasGapsAtCalls } = this.#traits;
    if (logGapMs === 0 || !hasGapsAtCalls || this.#isDeaf) return;
    if (this.#clock.nowMs() >= this.#heardUntilMs) this.#begin();
  }

  /** The connection has ended. */
  stop(): void {
    this.#cancel();
  }

  #beginIn(inMs: number): void {
    this.#cancel = this.#clock.callAt(this.#clock.nowMs() + inMs, () => this.#begin());
  }

  #begin(): void {
    this.#isDeaf = true;
    this.#cancel = this.#clock.callAt(this.#clock.nowMs() + this.#traits.logGapMs, () => this.#end());
  }

  #end(): void {
    this.#isDeaf = false;
    this.#heardUntilMs = this.#clock.nowMs() + HEARD_MS;
    if (!this.#traits.hasGapsAtCalls) this.#beginIn(HEARD_MS);
    this.#onMissed();
  }
}
