/**
 * Monotonic milliseconds made into dates for people.
 */

import type { Clock } from '../timers/clock.ts';

/** ISO 8601 in UTC of a moment on `clock`. The wall clock may jump; the distance to now is what counts. */
export function isoOf(clock: Clock, atMs: number): string {
  return new Date(Date.now() + (atMs - clock.nowMs())).toISOString();
}
