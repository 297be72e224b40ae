/**
 * What became of every line of the input: carried over and to where, dropped and why, or not understood.
 *
 * A line has exactly one of the three at the end, whoever claims it and how often: `carried` counts most, then a hint why it
 * isn't understood, then `dropped`; a line that nobody claimed is not understood. Knows lines, not what they mean.
 */
import { type SourceLine, shownText } from './source-line.ts';

export type Verdict = 'carried' | 'dropped' | 'not-understood';

export interface ReportedLine {
  readonly file: string;
  readonly line: number;
  /** Without secrets and control characters. */
  readonly text: string;
  readonly verdict: Verdict;
  /** Where it went (`swanctl.conf connections.wsg1-192-0-2-1`), why it was dropped, or a hint; may be empty. */
  readonly detail: string;
}

/** A line that shapes 1,000 connections needn't name them all. */
const PLACES_MAX = 3;

const BY_KIND = {
  blank: 'blank',
  comment: 'a comment',
  session: 'of the terminal, not of the configuration',
  banner: 'text of a banner',
} as const;

/** The verdicts on the lines of one translation. */
export class LineReport {
  readonly #lines: readonly SourceLine[];
  readonly #places = new Map<SourceLine, string[]>();
  readonly #reasons = new Map<SourceLine, string>();
  readonly #hints = new Map<SourceLine, string>();

  /** @param lines all lines of the input; those that are no commands need no claim */
  constructor(lines: readonly SourceLine[]) {
    this.#lines = lines;
  }

  /** The line went to `where`; may be said several times, with each place once in the report. */
  carried(line: SourceLine, where: string): void {
    const places = this.#places.get(line) ?? [];
    if (!places.includes(where) && places.length <= PLACES_MAX) places.push(where);
    this.#places.set(line, places);
  }

  /** The line is left out on purpose; the first reason counts. */
  dropped(line: SourceLine, why: string): void {
    if (!this.#reasons.has(line)) this.#reasons.set(line, why);
  }

  /** Nobody has to say so; a hint tells the operator what was missed. */
  notUnderstood(line: SourceLine, hint: string): void {
    this.#hints.set(line, hint);
  }

  /** Every line of the input once, in its order. */
  lines(): readonly ReportedLine[] {
    return this.#lines.map((line) => ({
      file: line.file,
      line: line.number,
      text: shownText(line),
      ...this.#verdictOn(line),
    }));
  }

  #verdictOn(line: SourceLine): Pick<ReportedLine, 'verdict' | 'detail'> {
    const places = this.#places.get(line);
    if (places !== undefined) {
      const named = places.slice(0, PLACES_MAX).join(', ');
      return { verdict: 'carried', detail: places.length > PLACES_MAX ? `${named} and others` : named };
    }
    const hint = this.#hints.get(line);
    if (hint !== undefined) return { verdict: 'not-understood', detail: hint };
    const why = this.#reasons.get(line) ?? (line.kind === 'command' ? undefined : BY_KIND[line.kind]);
    if (why !== undefined) return { verdict: 'dropped', detail: why };
    return { verdict: 'not-understood', detail: '' };
  }
}
