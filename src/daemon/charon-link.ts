/**
 * Whether charon is attached, since when, or why not; and when whatever keeps it so last gave a sign of life.
 */

import type { Clock } from '../timers/clock.ts';
import type { Charon } from './charon.ts';

export interface LinkFacts {
  readonly isAttached: boolean;
  /** When it was attached, or went away. */
  readonly sinceMs: number;
  /** charon's version; null before the first time. */
  readonly version: string | null;
  /** Why it isn't attached. */
  readonly error: string | null;
}

export class CharonLink {
  readonly #clock: Clock;
  #charon: Charon | null = null;
  #version: string | null = null;
  #error: string | null = 'not attached yet';
  #sinceMs: number;
  #signMs: number;
  #attachments = 0;
  #retries = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
    this.#sinceMs = clock.nowMs();
    this.#signMs = clock.nowMs();
  }

  /** null while charon is away. */
  get charon(): Charon | null {
    return this.#charon;
  }

  /** How many times charon has been attached to. */
  get attachments(): number {
    return this.#attachments;
  }

  /** True once charon was attached to, or a try to has failed: from then on it is waited for. */
  get isDeclared(): boolean {
    return this.#attachments > 0 || this.#retries > 0;
  }

  /** Since when nothing was heard of it, in ms: an answer, the end of the connection, or a try that failed. */
  get silentMs(): number {
    return this.#clock.nowMs() - this.#signMs;
  }

  attached(charon: Charon, version: string): void {
    this.#sign();
    this.#charon = charon;
    this.#version = version;
    this.#error = null;
    this.#sinceMs = this.#clock.nowMs();
    this.#attachments += 1;
  }

  detached(reason: string): void {
    this.#sign();
    this.#charon = null;
    this.#error = reason;
    this.#sinceMs = this.#clock.nowMs();
  }

  /** A try to attach has failed. @returns whether the reason is another than before */
  retried(reason: string): boolean {
    this.#sign();
    this.#retries += 1;
    const isNew = this.#error !== reason;
    this.#error = reason;
    return isNew;
  }

  /** It has answered, if only with a refusal. */
  answered(): void {
    this.#sign();
  }

  /** Asks nothing of charon any more. */
  drop(): void {
    this.#charon = null;
  }

  /** As a status shows it. */
  get facts(): LinkFacts {
    return {
      isAttached: this.#charon !== null,
      sinceMs: this.#sinceMs,
      version: this.#version,
      error: this.#error,
    };
  }

  #sign(): void {
    this.#signMs = this.#clock.nowMs();
  }
}
