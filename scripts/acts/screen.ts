/**
 * Plain text on a terminal: width, colour, wrapping. Knows nothing of what is told.
 */
import { styleText } from 'node:util';

export type Tone = 'plain' | 'title' | 'good' | 'bad' | 'quiet' | 'moon' | 'sun';

const COLOURS = {
  plain: [],
  title: ['bold'],
  good: ['green'],
  bad: ['bold', 'red'],
  quiet: ['dim'],
  moon: ['cyan'],
  sun: ['yellow'],
} as const satisfies Record<Tone, readonly Parameters<typeof styleText>[0][]>;

export const WIDTH = 100;

export class Screen {
  readonly #isColoured: boolean;
  #isBlank = true;

  /** Colour only for a person: on a terminal, and unless NO_COLOR is set (no-color.org). */
  constructor(isTerminal: boolean, noColour: string | undefined) {
    this.#isColoured = isTerminal && (noColour === undefined || noColour === '');
  }

  line(text: string): void {
    process.stdout.write(`${text.trimEnd()}\n`);
    this.#isBlank = text.trim() === '';
  }

  /** An empty line, unless there is one already. */
  gap(): void {
    if (!this.#isBlank) this.line('');
  }

  /** Text at `indent`, broken between words so that no line is longer than the screen is wide. */
  paragraph(text: string, indent = 0, tone: Tone = 'plain', hanging = 0): void {
    for (const line of wrapped(text, WIDTH - indent, hanging)) {
      this.line(' '.repeat(indent) + this.paint(line, tone));
    }
  }

  /** What a command printed: its own lines, those that are too long broken. */
  quote(text: string, indent: number): void {
    for (const line of text.trimEnd().split('\n')) this.paragraph(line, indent, 'quiet', 2);
  }

  paint(text: string, tone: Tone): string {
    if (!this.#isColoured || tone === 'plain' || text === '') return text;
    return styleText([...COLOURS[tone]], text, { validateStream: false });
  }
}

/** Breaks at spaces; what follows the first line is indented by `hanging`, and a longer word stays whole. */
export function wrapped(text: string, width: number, hanging = 0): string[] {
  const lines: string[] = [];
  let rest = text;
  while (rest.length > width) {
    const cut = rest.lastIndexOf(' ', width);
    const indented = rest.length - rest.trimStart().length;
    if (cut <= indented) break;
    lines.push(rest.slice(0, cut).trimEnd());
    rest = ' '.repeat(hanging) + rest.slice(cut + 1).trimStart();
  }
  return [...lines, rest];
}
