/** What an act must come to: each expectation is said, met or not. */
import type { Screen } from './screen.ts';

const CHARACTERS_MAX = 800;
/** Where the text begins, after `ok` and `FAILED`. */
const CONTINUED = 8;

export class Checks {
  /** The expectations that were not met. */
  readonly failed: string[] = [];
  readonly #screen: Screen;

  constructor(screen: Screen) {
    this.#screen = screen;
  }

  /** `saw` says what was found instead. */
  that(isMet: boolean, expectation: string, saw?: unknown): void {
    if (isMet) {
      this.#screen.paragraph(`ok      ${expectation}`, 2, 'good', CONTINUED);
    } else {
      this.fail(saw === undefined ? expectation : `${expectation}; saw ${shown(saw)}`);
    }
  }

  fail(text: string): void {
    const short = text.replaceAll(/\s+/g, ' ').slice(0, CHARACTERS_MAX);
    this.failed.push(short);
    this.#screen.paragraph(`FAILED  ${short}`, 2, 'bad', CONTINUED);
  }
}

function shown(saw: unknown): string {
  // With spaces, so that it can be broken into lines.
  return JSON.stringify(saw).replaceAll(',', ', ');
}
