/** What the shell is told, by the kind of error. Documented in docs/cli.md; the numbers above 63 are sysexits.h's. */
import { AfteryouError, type ErrorCode } from '../errors.ts';

export const EXIT = {
  /** Done, and the condition that was asked for is true. */
  done: 0,
  /** The condition that was asked for isn't true, or the daemon refused. */
  notTrue: 1,
  /** The command line is wrong, or names a peer that isn't there. */
  usage: 2,
  /** The daemon, or charon behind it, can't be reached. */
  unavailable: 69,
  /** A bug of afteryou, or a state file that it can't keep. */
  software: 70,
  /** The configuration is wrong. */
  configuration: 78,
} as const;

export type ExitCode = (typeof EXIT)[keyof typeof EXIT];

const BY_CODE: Readonly<Record<ErrorCode, ExitCode>> = {
  VICI_PROTOCOL: EXIT.unavailable,
  VICI_ENCODE: EXIT.software,
  VICI_UNKNOWN_COMMAND: EXIT.unavailable,
  VICI_UNKNOWN_EVENT: EXIT.unavailable,
  VICI_COMMAND_FAILED: EXIT.notTrue,
  VICI_TIMEOUT: EXIT.unavailable,
  VICI_CLOSED: EXIT.unavailable,
  VICI_QUEUE_FULL: EXIT.unavailable,
  CONFIG_INVALID: EXIT.configuration,
  CONFIG_UNREADABLE: EXIT.configuration,
  CONTROL_UNREACHABLE: EXIT.unavailable,
  CONTROL_IN_USE: EXIT.unavailable,
  CONTROL_UNUSABLE: EXIT.configuration,
  CONTROL_PROTOCOL: EXIT.unavailable,
  CONTROL_REFUSED: EXIT.notTrue,
  PEER_UNKNOWN: EXIT.usage,
  STATE_UNWRITABLE: EXIT.software,
  TRANSLATE_REFUSED: EXIT.configuration,
  FILE_UNUSABLE: EXIT.usage,
  USAGE: EXIT.usage,
  INVARIANT_BROKEN: EXIT.software,
};

/** The exit code for an error that ended a command. */
export function exitCodeOf(error: unknown): ExitCode {
  return error instanceof AfteryouError ? BY_CODE[error.code] : EXIT.software;
}
