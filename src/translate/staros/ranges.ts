/** Numbers within the ranges that StarOS documents; what is outside is refused with the range. */
import type { Refusals } from '../refusals.ts';
import type { SourceLine } from '../source-line.ts';

export interface Range {
  /** What the number is, for the message: `initiator-mode-duration`. */
  readonly what: string;
  readonly min: number;
  readonly max: number;
  /** `seconds`, or what else is counted. */
  readonly unit: string;
}

/** The number, or null after a refusal. */
export function numberInRange(
  text: string,
  { what, min, max, unit }: Range,
  line: SourceLine,
  refusals: Refusals,
): number | null {
  const remedy = `Write ${what} with ${min}..${max}${unit === '' ? '' : ` ${unit}`}.`;
  if (!/^\d{1,10}$/.test(text)) {
    refusals.add(line, 'bad-number', `${what}: '${text.slice(0, 40)}' is not a whole number`, remedy);
    return null;
  }
  const value = Number(text);
  if (value >= min && value <= max) return value;
  refusals.add(line, 'out-of-range', `${what}: ${value} is outside ${min}..${max}`, remedy);
  return null;
}
