/** Lifetimes of IPsec SAs as both dialects write them. */
import { numberIn } from './commands.ts';

export interface Lifetime {
  readonly seconds?: number;
  /** Null: not limited by volume. */
  readonly bytes?: number | null;
}

export const LIFETIME_MIN_SECONDS = 120;
/** The most that any of them takes. */
export const LIFETIME_MAX_SECONDS = 2_147_483_647;
const KILOBYTES_MAX = 4_294_967_295;
const SECONDS_PER_DAY = 86_400;

/** Of an IKE_SA, in both dialects. */
const IKE_LIFETIME_SECONDS = 86_400;

/** A connection has one lifetime, whichever of its policies is chosen: the shortest. */
export function shortestIkeLifetime(policies: readonly { readonly lifetimeSeconds: number }[]): number {
  return policies.length === 0
    ? IKE_LIFETIME_SECONDS
    : policies.reduce((least, { lifetimeSeconds }) => Math.min(least, lifetimeSeconds), LIFETIME_MAX_SECONDS);
}

/** `seconds N`, `days N`, `kilobytes N|unlimited|disable`, or seconds and kilobytes in one line. Null: none of these. */
export function lifetimeOf(rest: string): Lifetime | null {
  const text = rest.toLowerCase();
  const form =
    /^(?:(?<unit>seconds|days) (?<time>\d{1,10}))?(?: ?kilobytes (?<kilobytes>\d{1,10}|unlimited|disable))?$/;
  const found = form.exec(text)?.groups;
  if (found === undefined || text === '') return null;
  const { unit, time, kilobytes } = found;
  const seconds = time === undefined ? undefined : Number(time) * (unit === 'days' ? SECONDS_PER_DAY : 1);
  const isInRange =
    seconds === undefined || (seconds >= LIFETIME_MIN_SECONDS && seconds <= LIFETIME_MAX_SECONDS);
  const bytes = bytesOf(kilobytes);
  if (!isInRange || bytes === 'wrong') return null;
  return { ...(seconds === undefined ? {} : { seconds }), ...(bytes === undefined ? {} : { bytes }) };
}

function bytesOf(kilobytes: string | undefined): number | null | undefined | 'wrong' {
  if (kilobytes === undefined) return undefined;
  if (/^[a-z]/.test(kilobytes)) return null;
  const value = numberIn(kilobytes, 10, KILOBYTES_MAX);
  return value === null ? 'wrong' : value * 1024;
}
