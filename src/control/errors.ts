/** Errors of the control socket, made in one place so that their next steps agree. */
import { AfteryouError } from '../errors.ts';
import type { ConfigIssue } from './answers.ts';

/** CONTROL_PROTOCOL: `what` was sent, and isn't what this protocol says. */
export function controlProtocolError(what: string, cause?: unknown): AfteryouError {
  return new AfteryouError('CONTROL_PROTOCOL', `control socket: ${what}`, {
    nextStep:
      'If afteryou was upgraded, restart the daemon so that it and the command line are the same version.',
    cause,
  });
}

/** CONTROL_UNUSABLE: the control socket can't be made at this place. */
export function controlUnusableError(message: string, nextStep: string, cause?: unknown): AfteryouError {
  return new AfteryouError('CONTROL_UNUSABLE', message, { nextStep, cause });
}

/** The system's word for what went wrong (`ENOENT`); undefined if it isn't an error of the system. */
export function systemErrorCode(error: unknown): string | undefined {
  if (!(error instanceof Error) || !('code' in error)) return undefined;
  return typeof error.code === 'string' ? error.code : undefined;
}

/** The problems of a configuration that an error carries, found here (ConfigError) or by the daemon (RemoteError). */
export function issuesOf(error: AfteryouError): readonly ConfigIssue[] {
  return 'issues' in error && Array.isArray(error.issues) ? (error.issues as readonly ConfigIssue[]) : [];
}
