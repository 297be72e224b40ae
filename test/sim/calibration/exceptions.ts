/**
 * Where the model is not the real thing, and why that may stay so. Everything else must be the same.
 */

import type { Version } from './recording.ts';

export interface Exception {
  readonly scenario: string;
  readonly versions: readonly Version[];
  readonly why: string;
}

export const EXCEPTIONS: readonly Exception[] = [
  {
    scenario: 'trap',
    versions: ['5.9.8'],
    why: 'the ESP plugin of the lab (kernel-libipsec) raises no acquires in 5.9.8; with ESP in the kernel traps work there too',
  },
  {
    scenario: 'rekey-child-crossing',
    versions: ['6.0.1'],
    why: '6.0 tells of a CHILD_SA rekeying only when a crossing is decided, 5.9 as soon as it has answered: the model is a 5.9',
  },
];

/** Nonces decide who wins: the model must do as recorded with one of so many draws of its own. */
export const DRAWN: ReadonlySet<string> = new Set(['rekey-ike-crossing', 'rekey-child-crossing']);
export const DRAWS_MAX = 16;
