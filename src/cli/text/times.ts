/** Times as people read them; JSON keeps the ISO texts. */

const SECOND = 1_000;

const UNITS: readonly (readonly [string, number])[] = [
  ['d', 86_400],
  ['h', 3_600],
  ['m', 60],
  ['s', 1],
];

/** A duration in its two largest units: `3m12s`, `2d0h`; below a minute `12s`. Negative ones are `0s`. */
export function duration(milliseconds: number): string {
  const seconds = Math.max(0, Math.floor(milliseconds / SECOND));
  const index = UNITS.findIndex(([, length]) => seconds >= length);
  const [larger, smaller] = [UNITS[index], UNITS[index + 1]];
  if (larger === undefined) return '0s';
  const head = `${Math.floor(seconds / larger[1])}${larger[0]}`;
  if (smaller === undefined) return head;
  return `${head}${Math.floor((seconds % larger[1]) / smaller[1])}${smaller[0]}`;
}

/** How long ago an ISO time was. */
export function age(iso: string, now: Date): string {
  return duration(now.getTime() - Date.parse(iso));
}

/** How long it is until an ISO time; rounded up, so that it is `0s` only when it has come. */
export function until(iso: string, now: Date): string {
  return duration(Math.ceil((Date.parse(iso) - now.getTime()) / SECOND) * SECOND);
}

/** An ISO time on the clock of the machine: `2026-05-01 12:03:10`. */
export function clock(iso: string): string {
  const at = new Date(iso);
  if (Number.isNaN(at.getTime())) return iso;
  const day = [at.getFullYear(), two(at.getMonth() + 1), two(at.getDate())].join('-');
  return `${day} ${[at.getHours(), at.getMinutes(), at.getSeconds()].map(two).join(':')}`;
}

function two(number: number): string {
  return String(number).padStart(2, '0');
}
