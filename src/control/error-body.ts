/** Errors on their way through the socket: thrown in the daemon, thrown again in the client. */
import { AfteryouError, ERROR_CODES, type ErrorCode } from '../errors.ts';
import type { ConfigIssue, ErrorBody } from './answers.ts';
import { issuesOf } from './errors.ts';

/** Longest text of an error that is sent. */
const TEXT_CHARACTERS_MAX = 4_096;

/** An error that the daemon sent; it has the code, the fault and the next step of the original. */
export class RemoteError extends AfteryouError {
  /** With CONFIG_INVALID: where the configuration is wrong. */
  readonly issues: readonly ConfigIssue[];

  constructor(body: ErrorBody) {
    const details = body.nextStep === null ? {} : { nextStep: body.nextStep };
    super(isErrorCode(body.code) ? body.code : 'CONTROL_REFUSED', body.message, details);
    this.issues = body.issues ?? [];
  }
}

/** What a client is told about `error`. Anything but an AfteryouError is a bug of ours and says so. */
export function errorBody(error: unknown): ErrorBody {
  if (!(error instanceof AfteryouError)) {
    return {
      code: 'INVARIANT_BROKEN',
      fault: ERROR_CODES.INVARIANT_BROKEN,
      message: `the daemon met a bug of its own: ${shortened(error instanceof Error ? error.message : String(error))}`,
      nextStep: 'Please report it, with the lines of the log around this time.',
    };
  }
  const issues = issuesOf(error);
  return {
    code: error.code,
    fault: error.fault,
    message: shortened(error.message),
    nextStep: error.nextStep === undefined ? null : shortened(error.nextStep),
    ...(issues.length === 0 ? {} : { issues: [...issues] }),
  };
}

function isErrorCode(code: string): code is ErrorCode {
  return Object.hasOwn(ERROR_CODES, code);
}

function shortened(text: string): string {
  return text.length <= TEXT_CHARACTERS_MAX ? text : `${text.slice(0, TEXT_CHARACTERS_MAX)}...`;
}
