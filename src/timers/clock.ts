/**
 * Where time comes from: a monotonic clock and one timer. Nothing else in the project asks the system for either.
 *
 * Moments are whole milliseconds: V8 keeps a whole number (below 2^31: 24 days) in the record itself, and makes an object of
 * its own for each other one. Each peer's state has some ten moments, and is made anew at each event.
 */

import { performance } from 'node:perf_hooks';

/** A timer that can be called off; calling it off twice, or too late, is harmless. */
export type CancelTimer = () => void;

export interface Clock {
  /** Whole milliseconds of a clock that never goes back. Its zero means nothing. */
  nowMs(): number;
  /** Calls `fire` once, not before `nowMs()` is `atMs`. */
  callAt(atMs: number, fire: () => void): CancelTimer;
}

/** Longest single wait that Node's timers take (2^31 - 1 ms); longer ones wake up in between. */
const WAIT_MS_MAX = 2_147_483_647;

/** Later than this is no jitter: the process, or the machine, has stood still. */
const LATE_MS = 100;

/** Milliseconds with fractions: to measure how long something takes, and for nothing that is kept. */
export function preciseMs(): number {
  return performance.now();
}

/** The clock of the machine. */
export const systemClock: Clock = {
  nowMs: () => Math.floor(performance.now()),
  callAt(atMs, fire) {
    const dueMs = Math.ceil(atMs);
    let timer: NodeJS.Timeout;
    let immediate: NodeJS.Immediate | undefined;
    const wait = (): void => {
      const waitMs = Math.min(Math.max(0, Math.ceil(dueMs - performance.now())), WAIT_MS_MAX);
      // Node counts in whole milliseconds and fires up to one of them early: "not before" has to be looked at.
      timer = setTimeout(() => {
        const lateMs = performance.now() - dueMs;
        if (lateMs < 0) wait();
        else if (lateMs < LATE_MS) fire();
        // After a standstill the event loop comes to timers first. What has come in meanwhile is older, and is read first.
        else immediate = setImmediate(fire);
      }, waitMs);
    };
    wait();
    return () => {
      clearTimeout(timer);
      clearImmediate(immediate);
    };
  },
};
