/**
 * The errors of afteryou: stable codes, whose fault it is, and what to do next.
 *
 * Expected outcomes (a peer that is down, a call that fails) are events and results, never exceptions.
 * `docs/errors.md` has one section per code; a test compares the two lists.
 */

/** Who can put it right: our own code, charon (or what speaks for it), or the operator. */
export type Fault = 'afteryou' | 'charon' | 'operator';

/** Every code that an error of afteryou can carry, with its owner. */
export const ERROR_CODES = {
  /** Bytes from the other end of a VICI socket that are not VICI. */
  VICI_PROTOCOL: 'charon',
  /** A message that our caller wants to send can't be expressed in VICI's format. */
  VICI_ENCODE: 'afteryou',
  /** charon doesn't know this command (too old, or a plugin isn't loaded). */
  VICI_UNKNOWN_COMMAND: 'charon',
  /** charon doesn't know this event (too old). */
  VICI_UNKNOWN_EVENT: 'charon',
  /** charon answered `success = no`. */
  VICI_COMMAND_FAILED: 'charon',
  /** charon didn't answer within the time given to the request. */
  VICI_TIMEOUT: 'charon',
  /** The connection went away, or was never there. */
  VICI_CLOSED: 'charon',
  /** More requests wait on one connection than its queue may hold. */
  VICI_QUEUE_FULL: 'afteryou',
  /** A configuration file is wrong; `issues` says where and how to mend it. */
  CONFIG_INVALID: 'operator',
  /** A configuration file can't be read. */
  CONFIG_UNREADABLE: 'operator',
  /** The daemon's control socket can't be reached. */
  CONTROL_UNREACHABLE: 'operator',
  /** Another daemon answers on the control socket. */
  CONTROL_IN_USE: 'operator',
  /** The control socket can't be made where the configuration says: an unsafe or impossible place. */
  CONTROL_UNUSABLE: 'operator',
  /** A frame on the control socket breaks the format or its limits. */
  CONTROL_PROTOCOL: 'afteryou',
  /** The daemon refused a request; the message says why. */
  CONTROL_REFUSED: 'operator',
  /** No such peer, or the name fits more than one. */
  PEER_UNKNOWN: 'operator',
  /** A state file can't be written; afteryou works on, but a restart would forget who started what. */
  STATE_UNWRITABLE: 'operator',
  /** A configuration of another system can't be translated; `issues` says where and how to mend it. */
  TRANSLATE_REFUSED: 'operator',
  /** A file that the command line names can't be read, or would be overwritten. */
  FILE_UNUSABLE: 'operator',
  /** The command line is wrong: no such command, option or value. */
  USAGE: 'operator',
  /** A rule that can't break has broken: a bug in afteryou. */
  INVARIANT_BROKEN: 'afteryou',
} as const satisfies Record<string, Fault>;

export type ErrorCode = keyof typeof ERROR_CODES;

export interface ErrorDetails {
  /** What to do about it, as a sentence for an operator. */
  readonly nextStep?: string;
  readonly cause?: unknown;
}

/** Base of all errors; match on `code`, never on the text. */
export class AfteryouError extends Error {
  readonly code: ErrorCode;
  readonly fault: Fault;
  readonly nextStep: string | undefined;

  constructor(code: ErrorCode, message: string, details: ErrorDetails = {}) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause });
    this.name = new.target.name;
    this.code = code;
    this.fault = ERROR_CODES[code];
    this.nextStep = details.nextStep;
  }
}

/** The text of whatever was thrown. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
