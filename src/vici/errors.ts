/**
 * The one error class of the VICI library.
 *
 * Texts name the command, event or byte at fault and never quote a request: requests may carry keys and
 * shared secrets.
 */
import { AfteryouError, type ErrorCode, type ErrorDetails } from '../errors.ts';

export type ViciErrorCode = Extract<ErrorCode, `VICI_${string}`>;

export interface ViciErrorDetails extends ErrorDetails {
  /** The command that failed, as it is called on the wire. */
  readonly command?: string;
  /** charon's own words, from `errmsg`. */
  readonly errmsg?: string;
  /** How many SAs a `terminate`, `rekey` or `redirect` matched. */
  readonly matches?: number;
  /** How many SAs a `terminate` ended. */
  readonly terminated?: number;
}

/** An error of the VICI library; match on `code`. */
export class ViciError extends AfteryouError {
  declare readonly code: ViciErrorCode;
  readonly command: string | undefined;
  readonly errmsg: string | undefined;
  readonly matches: number | undefined;
  readonly terminated: number | undefined;

  constructor(code: ViciErrorCode, message: string, details: ViciErrorDetails = {}) {
    super(code, message, details);
    this.command = details.command;
    this.errmsg = details.errmsg;
    this.matches = details.matches;
    this.terminated = details.terminated;
  }
}

/** Bytes that are not VICI, found `at` this offset of what is being read. */
export function protocolError(what: string, at?: number): ViciError {
  const where = at === undefined ? '' : ` (at byte ${at})`;
  return new ViciError('VICI_PROTOCOL', `not VICI: ${what}${where}`, {
    nextStep: 'check that the socket belongs to charon; if it does, report the versions of both programs',
  });
}

/** A message that can't be expressed in VICI. */
export function encodeError(what: string): ViciError {
  return new ViciError('VICI_ENCODE', `can't be sent over VICI: ${what}`);
}

/** What `error` is as a ViciError: itself, or a VICI_CLOSED around it. */
export function asViciError(error: unknown, what: string): ViciError {
  if (error instanceof ViciError) return error;
  const text = error instanceof Error ? error.message : String(error);
  return new ViciError('VICI_CLOSED', `${what}: ${text}`, { cause: error });
}
