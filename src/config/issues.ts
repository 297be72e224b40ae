/**
 * Problems of a configuration, where they are and how to mend them.
 *
 * Knows places and words, nothing of YAML or of what the settings mean. An issue always carries a remedy:
 * whoever can't say how to mend something hasn't understood it yet.
 */
import { AfteryouError } from '../errors.ts';

/** A place in a file; line and column count from 1. */
export interface Place {
  readonly file: string;
  readonly line: number;
  readonly column: number;
}

/** What kind of problem it is. These words are stable: scripts may match on them. */
export type IssueCode =
  | 'yaml-syntax'
  | 'too-large'
  | 'unusable-file'
  | 'unknown-key'
  | 'missing-key'
  | 'wrong-type'
  | 'not-one-of'
  | 'out-of-range'
  | 'bad-number'
  | 'bad-name'
  | 'bad-path'
  | 'bad-address'
  | 'wrong-family'
  | 'duplicate'
  | 'unknown-list'
  | 'unknown-peer'
  | 'contradiction'
  | 'too-many'
  | 'strict-cisco'
  | 'laboratory'
  | 'unfinished'
  | 'unused'
  | 'risky';

export interface Issue extends Place {
  /** Keys from the top of the file to the value at fault, joined by dots: `services.wsg1.settle-hold`. */
  readonly path: string;
  readonly code: IssueCode;
  readonly message: string;
  /** What to do about it, as a sentence for an operator. */
  readonly remedy: string;
}

/** More than this many problems of one configuration are counted, not kept. */
const ISSUES_MAX = 50;

/** Gathers problems up to {@link ISSUES_MAX} and counts the rest. */
export class IssueCollector {
  readonly #issues: Issue[] = [];
  #omitted = 0;

  /** Takes one problem; `path` are the keys that lead to it. */
  add(at: Place, path: readonly string[], code: IssueCode, message: string, remedy: string): void {
    if (this.full) {
      this.#omitted += 1;
      return;
    }
    const { file, line, column } = at;
    this.#issues.push({ file, line, column, path: path.join('.'), code, message, remedy });
  }

  /** How many problems there are, kept or not. */
  get count(): number {
    return this.#issues.length + this.#omitted;
  }

  /** True when further problems are only counted: not worth a search for suggestions. */
  get full(): boolean {
    return this.#issues.length >= ISSUES_MAX;
  }

  get omitted(): number {
    return this.#omitted;
  }

  /** The problems in the order of `files`, then of their places, whichever check found them first. */
  sorted(files: readonly string[]): readonly Issue[] {
    const rank = new Map(files.map((file, index) => [file, index]));
    return [...this.#issues].sort(
      (a, b) => (rank.get(a.file) ?? 0) - (rank.get(b.file) ?? 0) || a.line - b.line || a.column - b.column,
    );
  }
}

/** Renders issues as `file:line:column: message`, each with its remedy indented below. */
export function formatIssues(issues: readonly Omit<Issue, 'code'>[]): string {
  return issues
    .map(
      ({ file, line, column, message, remedy }) => `${file}:${line}:${column}: ${message}\n    ${remedy}\n`,
    )
    .join('');
}

/** A configuration that can't be used; code `CONFIG_INVALID`. */
export class ConfigError extends AfteryouError {
  readonly issues: readonly Issue[];
  /** How many further problems were found but not kept. */
  readonly omitted: number;

  constructor(issues: readonly Issue[], omitted = 0) {
    const total = issues.length + omitted;
    const first = issues[0];
    const where =
      first === undefined
        ? ''
        : `, the first at ${first.file}:${first.line}:${first.column}: ${first.message}`;
    super('CONFIG_INVALID', `${total} ${total === 1 ? 'problem' : 'problems'} in the configuration${where}`, {
      nextStep: 'Mend the file and try it with `afteryou check`; nothing was changed.',
    });
    this.issues = issues;
    this.omitted = omitted;
  }
}
