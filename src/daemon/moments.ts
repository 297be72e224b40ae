/**
 * Monotonic milliseconds made into dates for people.
 */

import type { Clock } from '../timers/clock.ts';

/** From each clock's zero to 1970, as last looked at. */
const originsMs = new WeakMap<Clock, number>();

/** Both clocks tell whole milliseconds, so their distance seems to change by one all the time. */
const ROUNDING_MS = 1;

/** ISO 8601 in UTC of a moment on `clock`, always the same unless the wall clock jumps: then the distance to now is what counts. */
export function isoOf(clock: Clock, atMs: number): string {
  const nowMs = Date.now() - clock.nowMs();
  const knownMs = originsMs.get(clock) ?? Number.NEGATIVE_INFINITY;
  const originMs = Math.abs(nowMs - knownMs) <= ROUNDING_MS ? knownMs : nowMs;
  originsMs.set(clock, originMs);
  return isoTime(originMs + atMs);
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
