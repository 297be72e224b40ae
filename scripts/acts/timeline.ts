/**
 * What happens, line by line, in the order in which it happened.
 *
 * News of the wire, of charon and of afteryou reach us on different ways and some ms late, so each line waits a moment
 * for those that belong before it. Knows times and who speaks, nothing of IKE.
 */
import { setTimeout as sleep } from 'node:timers/promises';

import { type Screen, type Tone, WIDTH, wrapped } from './screen.ts';

export type Speaker = 'demo' | 'wire' | 'moon' | 'sun' | 'moon afteryou' | 'sun afteryou';

interface Line {
  readonly atMs: number;
  readonly speaker: Speaker;
  readonly text: string;
}

/** How late news may come and still find its place. */
const LATE_MS = 120;
const LOOK_MS = 30;
const TIME_COLUMNS = 8;
const SPEAKER_COLUMNS = 15;

export class Timeline {
  readonly #screen: Screen;
  readonly #startMs: number = Date.now();
  readonly #timer: NodeJS.Timeout;
  #waiting: Line[] = [];

  constructor(screen: Screen) {
    this.#screen = screen;
    this.#timer = setInterval(() => this.#print(Date.now() - LATE_MS), LOOK_MS);
  }

  /** Something happened; `atMs` is wall clock. */
  tell(speaker: Speaker, text: string, atMs: number = Date.now()): void {
    this.#waiting.push({ atMs, speaker, text });
  }

  /** Returns when all that has happened until now is on the screen, so that something else may be printed. */
  async caughtUp(): Promise<void> {
    await sleep(LATE_MS + LOOK_MS);
    this.#print(Number.POSITIVE_INFINITY);
  }

  stop(): void {
    clearInterval(this.#timer);
    this.#print(Number.POSITIVE_INFINITY);
  }

  #print(untilMs: number): void {
    const due = this.#waiting.filter(({ atMs }) => atMs <= untilMs);
    this.#waiting = this.#waiting.filter(({ atMs }) => atMs > untilMs);
    for (const line of due.sort((a, b) => a.atMs - b.atMs)) this.#printLine(line);
  }

  #printLine({ atMs, speaker, text }: Line): void {
    const time = ((atMs - this.#startMs) / 1000).toFixed(3).padStart(TIME_COLUMNS);
    const indent = TIME_COLUMNS + 2 + SPEAKER_COLUMNS;
    const [first = '', ...others] = wrapped(text, WIDTH - indent, 2);
    const name = this.#screen.paint(speaker.padEnd(SPEAKER_COLUMNS), toneOf(speaker));
    this.#screen.line(`${this.#screen.paint(time, 'quiet')}  ${name}${first}`);
    for (const other of others) this.#screen.line(' '.repeat(indent) + other);
  }
}

function toneOf(speaker: Speaker): Tone {
  if (speaker.startsWith('moon')) return 'moon';
  if (speaker.startsWith('sun')) return 'sun';
  return speaker === 'wire' ? 'quiet' : 'title';
}
