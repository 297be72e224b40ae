/** What can't be translated at all: places, reasons and remedies. Knows nothing of any dialect. */
import type { Issue } from '../config/issues.ts';
import { AfteryouError } from '../errors.ts';

/** A line, as far as a message needs it. */
export interface LineRef {
  readonly file: string;
  readonly number: number;
}

/** More refusals than these are counted, not kept. */
export const REFUSALS_MAX = 50;

export type RefusalCode = Extract<
  Issue['code'],
  | 'too-large'
  | 'out-of-range'
  | 'bad-name'
  | 'bad-address'
  | 'wrong-family'
  | 'duplicate'
  | 'unknown-list'
  | 'contradiction'
  | 'too-many'
  | 'bad-number'
>;

/** Input that can't be translated; code `TRANSLATE_REFUSED`. `issues` are in the order of the input. */
export class TranslateError extends AfteryouError {
  readonly issues: readonly Issue[];
  readonly omitted: number;

  constructor(issues: readonly Issue[], omitted = 0) {
    const total = issues.length + omitted;
    const first = issues[0];
    const where = first === undefined ? '' : `, the first at ${first.file}:${first.line}: ${first.message}`;
    super('TRANSLATE_REFUSED', `${total} ${total === 1 ? 'thing' : 'things'} can't be translated${where}`, {
      nextStep: 'Mend the input as said at each line; nothing was written.',
    });
    this.issues = issues;
    this.omitted = omitted;
  }

  /** For a limit of the whole input, where there is no going on. */
  static at(line: LineRef, message: string, remedy: string): TranslateError {
    return new TranslateError([issueAt(line, 'too-large', message, remedy)]);
  }
}

/** Gathers what is refused, so that one run tells everything. */
export class Refusals {
  readonly #issues: Issue[] = [];
  #omitted = 0;

  /** Refuses what a line says. `remedy` is a sentence that tells the operator what to do. */
  add(line: LineRef, code: RefusalCode, message: string, remedy: string): void {
    if (this.#issues.length < REFUSALS_MAX) this.#issues.push(issueAt(line, code, message, remedy));
    else this.#omitted += 1;
  }

  get count(): number {
    return this.#issues.length + this.#omitted;
  }

  /** @throws TranslateError when anything was refused */
  throwIfAny(): void {
    if (this.count === 0) return;
    const files = [...new Set(this.#issues.map(({ file }) => file))];
    const sorted = [...this.#issues].sort(
      (a, b) => files.indexOf(a.file) - files.indexOf(b.file) || a.line - b.line,
    );
    throw new TranslateError(sorted, this.#omitted);
  }
}

function issueAt({ file, number }: LineRef, code: RefusalCode, message: string, remedy: string): Issue {
  return { file, line: number, column: 1, path: '', code, message, remedy };
}
