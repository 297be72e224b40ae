/**
 * Where time comes from: a monotonic clock and one timer. Nothing else in the project asks the system for either.
 */

import { performance } from 'node:perf_hooks';

/** A timer that can be called off; calling it off twice, or too late, is harmless. */
export type CancelTimer = () => void;

export interface Clock {
  /** Milliseconds of a clock that never goes back, with fractions. Its zero means nothing. */
  nowMs(): number;
  /** Calls `fire` once, not before `atMs`. */
  callAt(atMs: number, fire: () => void): CancelTimer;
}

/** Longest single wait that Node's timers take (2^31 - 1 ms); longer ones wake up in between. */
const WAIT_MS_MAX = 2_147_483_647;

/** Later than this is no jitter: the process, or the machine, has stood still. */
const LATE_MS = 100;

/** The clock of the machine. */
export const systemClock: Clock = {
  nowMs: () => performance.now(),
  callAt(atMs, fire) {
    let timer: NodeJS.Timeout;
    let immediate: NodeJS.Immediate | undefined;
    const wait = (): void => {
      const waitMs = Math.min(Math.max(0, Math.ceil(atMs - performance.now())), WAIT_MS_MAX);
      // Node counts in whole milliseconds and fires up to one of them early: "not before" has to be looked at.
      timer = setTimeout(() => {
        const lateMs = performance.now() - atMs;
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
