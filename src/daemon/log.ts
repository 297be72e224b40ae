/**
 * Logs for people and for machines: one line per change, with its reason, in a choice of three forms.
 *
 *     journal   <6>peer=branch1 from=responder-mode to=initiator-mode rule=R2 why="..."   (under journald)
 *     text      2026-01-01T12:00:00.000Z info  peer=branch1 ...
 *     json      one object per line
 */

import { fstatSync } from 'node:fs';
import { type Logger, pino } from 'pino';
import type { LogFormat, LogLevel } from '../config/model.ts';
import { isoTime } from './moments.ts';

/** pino's numbers, with syslog's "notice" between info and warn. */
const LEVELS = { debug: 20, info: 30, notice: 35, warning: 40, error: 50 } as const satisfies Record<
  LogLevel,
  number
>;

/** Priorities of syslog(3), which journald takes from a `<N>` at the head of a line. */
const PRIORITIES: Record<number, number> = { 20: 7, 30: 6, 35: 5, 40: 4, 50: 3 };

const NAMES = Object.fromEntries(Object.entries(LEVELS).map(([name, level]) => [level, name]));

export type Log = Logger<keyof typeof LEVELS>;

export interface LogOptions {
  readonly level: LogLevel;
  /** null: `journal` if journald reads us, else `text`. */
  readonly format: LogFormat | null;
  /** Where whole lines go; default standard output. */
  readonly write?: (line: string) => void;
}

export function createLog(options: LogOptions): Log {
  const format = options.format ?? (isJournal(process.env['JOURNAL_STREAM'], 1) ? 'journal' : 'text');
  const write = options.write ?? gathered((lines) => process.stdout.write(lines));
  const settings = {
    base: null,
    level: options.level,
    customLevels: LEVELS,
    useOnlyCustomLevels: true,
    timestamp: () => `,"time":"${isoTime(Date.now())}"`,
  };
  if (format === 'json') return pino(settings, { write });
  // Words are made of what was handed in: pino's line of JSON, read again, would be twice the work.
  const logMethod = (handedIn: readonly unknown[], _: unknown, level: number): void => {
    write(render(handedIn, level, format));
  };
  return pino({ ...settings, hooks: { logMethod } }, { write });
}

/** Lines that come this soon after others were written wait until it is over. */
export const GATHER_MS = 20;

/** Longest text that is gathered. */
const GATHERED_MAX = 65_536;

/**
 * Writes lines that come in quick succession in one piece: each writing wakes whoever reads, which took the event loop a seventh
 * of its time while 1,000 peers came up. At the end of the process nothing is left behind.
 */
export function gathered(write: (lines: string) => void): (line: string) => void {
  let lines = '';
  let isResting = false;
  const flush = (): void => {
    const gone = lines;
    lines = '';
    isResting = gone !== '';
    if (!isResting) return;
    write(gone);
    setTimeout(flush, GATHER_MS).unref();
  };
  process.once('exit', flush);
  return (line) => {
    if (lines === '' && !isResting) setImmediate(flush);
    lines += line;
    if (lines.length < GATHERED_MAX) return;
    write(lines);
    lines = '';
  };
}

/**
 * Whether journald reads what is written to this file descriptor.
 *
 * @param stream `JOURNAL_STREAM`, `DEVICE:INODE` of the journal's stream. It is inherited: what a service starts with its
 * output elsewhere has it too, so it has to be compared (systemd.exec(5), "$JOURNAL_STREAM")
 */
export function isJournal(stream: string | undefined, descriptor: number): boolean {
  if (stream === undefined) return false;
  try {
    const { dev, ino } = fstatSync(descriptor, { bigint: true });
    return stream === `${dev}:${ino}`;
  } catch {
    return false;
  }
}

/** Of the message alone, or of fields with or without one. */
function render([first, second]: readonly unknown[], level: number, format: 'journal' | 'text'): string {
  const [fields, message] = typeof first === 'string' ? [{}, first] : [Object(first), second];
  const words = typeof message === 'string' ? [message] : [];
  for (const [name, value] of Object.entries(fields)) {
    if (value !== null && value !== undefined) words.push(`${name}=${quote(value)}`);
  }
  const text = words.join(' ').replace(UNSAFE, escaped);
  return format === 'journal'
    ? `<${PRIORITIES[level] ?? 6}>${text}\n`
    : `${isoTime(Date.now())} ${(NAMES[level] ?? '').padEnd(7)} ${text}\n`;
}

/** What could move a cursor, end a line or turn the direction of writing, and that JSON leaves as it is. */
const UNSAFE = /[\p{Cc}\u200e\u200f\u2028-\u202e\u2066-\u2069]/gu;

function escaped(character: string): string {
  return `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;
}

function quote(value: unknown): string {
  const text = typeof value === 'string' ? value : JSON.stringify(value);
  return /^[\w.:/@%+-]+$/.test(text) ? text : JSON.stringify(text);
}
