/** What a command of the command line is made of. */
import type { Command } from 'commander';
import { AfteryouError } from '../errors.ts';
import type { Cli } from './world.ts';

export interface CliCommand {
  readonly name: string;
  /** One line, for the list of commands. */
  readonly summary: string;
  /** Arguments and options; a longer description, if it needs one. */
  readonly define?: (command: Command) => void;
  /** Does it. @returns the exit code; errors are thrown */
  readonly run: (cli: Cli, given: Given) => Promise<number>;
}

/** The command line, parsed. */
export interface Given {
  readonly args: readonly string[];
  /** By long name in camel case; what its parser made of it. */
  readonly options: Readonly<Record<string, unknown>>;
}

/** A command line that can't be meant. */
export function usageError(message: string, nextStep: string): AfteryouError {
  return new AfteryouError('USAGE', message, { nextStep });
}
