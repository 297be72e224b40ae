/** What a simulation can end with, and the exit status of the command for each class. */

export type FailureClass = 'crash' | 'safety' | 'liveness';

export const EXIT_STATUS: Readonly<Record<FailureClass, number>> = { crash: 3, safety: 4, liveness: 5 };

export interface Failure {
  readonly class: FailureClass;
  readonly atMs: number;
  /** Begins with the name of the check, up to a colon. */
  readonly what: string;
}
