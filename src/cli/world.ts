/**
 * All that the command line has of the world around it, so that a test can give it another.
 *
 * Knows what is needed, not where it comes from; `main.ts` fills it in.
 */
import type { RunOptions } from '../daemon/main.ts';

export interface World {
  /** Standard output and standard error; whole lines, ends of lines included. */
  readonly out: (text: string) => void;
  readonly err: (text: string) => void;
  /** Whether standard output may be coloured. */
  readonly isColoured: boolean;
  readonly now: () => Date;
  /** Returns after `milliseconds`, or at once when `signal` comes first. */
  readonly pause: (milliseconds: number, signal: AbortSignal) => Promise<void>;
  /** From the first call on, SIGINT and SIGTERM don't end the program but this signal. */
  readonly interrupted: () => AbortSignal;
  readonly runDaemon: (options: RunOptions) => Promise<number>;
}

/** The options that come with every command. */
export interface Globals {
  readonly configFile: string;
  readonly configGiven: boolean;
  readonly output: 'text' | 'json';
}

/** What a command works with. */
export interface Cli extends Globals {
  readonly world: World;
}
