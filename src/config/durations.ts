/**
 * Numbers as text: seconds (`10` or `10s`), whole numbers, factors.
 *
 * Seconds become milliseconds here and nowhere else. Knows ranges as they are handed in, not which setting
 * has which.
 */
import type { IssueCode } from './issues.ts';

export interface NumberRange {
  readonly min: number;
  readonly max: number;
  /** Only whole numbers; else up to three decimals. */
  readonly whole: boolean;
}

export type Parsed<Value> =
  | { readonly ok: true; readonly value: Value }
  | { readonly ok: false; readonly code: IssueCode; readonly message: string; readonly remedy: string };

/** The parts of a number with an optional unit; no sign, no exponent, no leading zeros (YAML 1.1 took 010 for 8). */
const WITH_UNIT = /^(?<number>(?:0|[1-9]\d{0,8})(?:\.\d{1,3})?) ?(?<unit>[A-Za-z]{0,12})$/;

/** Other units, as seconds: only used to say what to write instead. */
const OTHER_UNITS: ReadonlyMap<string, number> = new Map([
  ['ms', 0.001],
  ['msec', 0.001],
  ['sec', 1],
  ['secs', 1],
  ['second', 1],
  ['seconds', 1],
  ['m', 60],
  ['min', 60],
  ['minute', 60],
  ['minutes', 60],
  ['h', 3600],
  ['hour', 3600],
  ['hours', 3600],
]);

/** `5..250` as messages and documentation show it. */
function showRange(range: NumberRange): string {
  return `${range.min}..${range.max}`;
}

function refuse(code: IssueCode, message: string, remedy: string): Parsed<never> {
  return { ok: false, code, message, remedy };
}

function shorten(text: string): string {
  return text.length > 40 ? `${text.slice(0, 40)}...` : text;
}

/** Checks a number against its range; `what` is the sort of number for the remedy. */
function inRange(value: number, range: NumberRange, what: string): Parsed<number> {
  if (range.whole && !Number.isInteger(value)) {
    return refuse('bad-number', `${value} is not a whole number`, `Write ${what}, ${showRange(range)}.`);
  }
  if (value < range.min || value > range.max) {
    return refuse(
      'out-of-range',
      `${value} is outside ${showRange(range)}`,
      `Write ${what}, ${showRange(range)}.`,
    );
  }
  return { ok: true, value };
}

/**
 * A duration in seconds, `10` or `10s`, as milliseconds.
 *
 * @param range in seconds
 */
export function parseSeconds(text: string, range: NumberRange): Parsed<number> {
  const what = range.whole ? 'whole seconds' : 'seconds';
  const parts = WITH_UNIT.exec(text)?.groups;
  const unit = parts?.['unit'] ?? '';
  if (parts === undefined) {
    return refuse(
      'bad-number',
      `'${shorten(text)}' is not a duration`,
      `Write ${what}, ${showRange(range)}, such as 10 or 10s.`,
    );
  }
  const value = Number(parts['number']);
  if (unit !== '' && unit !== 's') {
    const inSeconds = Math.round(value * (OTHER_UNITS.get(unit.toLowerCase()) ?? 0) * 1000) / 1000;
    const possible = inRange(inSeconds, range, what).ok && inSeconds > 0;
    const hint = possible ? ` '${text}' would be ${inSeconds}.` : '';
    return refuse(
      'bad-number',
      `'${text}': durations are given in seconds`,
      `Write ${what}, ${showRange(range)}, as 10 or 10s.${hint}`,
    );
  }
  const checked = inRange(value, range, what);
  return checked.ok ? { ok: true, value: Math.round(checked.value * 1000) } : checked;
}

/** A number without a unit. */
export function parseNumber(text: string, range: NumberRange): Parsed<number> {
  const what = range.whole ? 'a whole number' : 'a number';
  const parts = WITH_UNIT.exec(text)?.groups;
  if (parts === undefined || parts['unit'] !== '') {
    return refuse('bad-number', `'${shorten(text)}' is not a number`, `Write ${what}, ${showRange(range)}.`);
  }
  return inRange(Number(parts['number']), range, what);
}
