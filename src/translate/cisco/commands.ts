/**
 * Commands of a mode by their forms: which line says what, and which lines belong to one fact.
 *
 * A form is a pattern over the whole command, anchored at both ends. Nothing is claimed here as carried: that is known only
 * when what uses a fact is known.
 */
import type { LineReport } from '../report.ts';
import type { SourceLine } from '../source-line.ts';

/** Something that the input says over one or more lines, which are carried or dropped together. */
export interface Fact {
  /** The line that begins it. */
  readonly at: SourceLine;
  /** All lines that were understood as part of it, `at` included. */
  readonly lines: SourceLine[];
}

export type Groups = Readonly<Record<string, string | undefined>>;

/** What a command means for a fact. `read` returns why it is not understood after all, or nothing. */
export interface Command<Into> {
  readonly form: RegExp;
  readonly read: (into: Into, groups: Groups, line: SourceLine) => string | undefined;
}

/** A command that a mode knows and that is left out: `why` goes to the report. */
export interface Ignored {
  readonly form: RegExp;
  readonly why: string;
}

/** A command that sets something. */
export function command<Into>(
  form: RegExp,
  read: (into: Into, groups: Groups, line: SourceLine) => void,
): Command<Into> {
  return {
    form,
    read: (into, groups, line) => {
      read(into, groups, line);
      return undefined;
    },
  };
}

/** A command whose value may turn out wrong: `read` returns why. */
export function checked<Into>(
  form: RegExp,
  read: (into: Into, groups: Groups, line: SourceLine) => string | undefined,
): Command<Into> {
  return { form, read };
}

export interface Forms<Into> {
  readonly commands: readonly Command<Into>[];
  readonly ignored: readonly Ignored[];
}

/** Reads one line into a fact; false when no form fits. A line with a wrong value counts as read, with a hint. */
export function readLine<Into extends Fact>(
  line: SourceLine,
  into: Into,
  forms: Forms<Into>,
  report: LineReport,
): boolean {
  for (const { form, read } of forms.commands) {
    const found = form.exec(line.text);
    if (found === null) continue;
    const why = read(into, found.groups ?? {}, line);
    if (why === undefined) into.lines.push(line);
    else report.notUnderstood(line, why);
    return true;
  }
  const ignored = forms.ignored.find(({ form }) => form.test(line.text));
  if (ignored !== undefined) report.dropped(line, ignored.why);
  return ignored !== undefined;
}

export function newFact(at: SourceLine): Fact {
  return { at, lines: [at] };
}

export function carry(facts: Iterable<Fact>, where: string, report: LineReport): void {
  for (const { lines } of facts) for (const line of lines) report.carried(line, where);
}

/** A number within a range, or null. */
export function numberIn(text: string | undefined, min: number, max: number): number | null {
  if (text === undefined || !/^\d{1,10}$/.test(text)) return null;
  const value = Number(text);
  return value >= min && value <= max ? value : null;
}
