/**
 * Monotonic milliseconds made into dates for people.
 */

import type { Clock } from '../timers/clock.ts';

/** ISO 8601 in UTC of a moment on `clock`. The wall clock may jump; the distance to now is what counts. */
export function isoOf(clock: Clock, atMs: number): string {
  return isoTime(Date.now() + (atMs - clock.nowMs()));
}

/**
 * ISO 8601 in UTC of milliseconds since 1970, for the years 0 to 9999: what `toISOString` gives. That one has the local time zone
 * looked up besides, for which Node 20 takes 1 MiB of its tables into memory.
 */
export function isoTime(ms: number): string {
  const moment = new Date(ms);
  const date = [
    padded(moment.getUTCFullYear(), 4),
    padded(moment.getUTCMonth() + 1, 2),
    padded(moment.getUTCDate(), 2),
  ];
  const time = [moment.getUTCHours(), moment.getUTCMinutes(), moment.getUTCSeconds()].map((part) =>
    padded(part, 2),
  );
  return `${date.join('-')}T${time.join(':')}.${padded(moment.getUTCMilliseconds(), 3)}Z`;
}

function padded(number: number, digits: number): string {
  return String(number).padStart(digits, '0');
}
