/**
 * Scenarios that two charons are put through, real ones and those of the model: a language, and no charon.
 *
 * An action is a short text, so that a scenario, its recording and a failure read alike. IKE_SAs are called A, B ...
 * and CHILD_SAs a, b ... in the order in which they appear (`names.ts`).
 */

import type { Unique } from '../charon-core.ts';

export type EndName = 'moon' | 'sun';

export const ENDS: readonly EndName[] = ['moon', 'sun'];

export type Exchange = 'IKE_SA_INIT' | 'IKE_AUTH' | 'CREATE_CHILD_SA' | 'INFORMATIONAL';
export type MessageKind = 'request' | 'response';

/**
 * What an end does or what becomes of the packets that it sends:
 * `initiates CHILD`; `terminates`, `rekeys` an IKE_SA (`A`), a CHILD_SA (`a`) or an id (`4711`); `reauthenticates A`;
 * `dies` (SIGKILL), `stops` (SIGTERM), `starts` and has its connection; `pings` the network behind the other end;
 * `loses` what it sends until it `passes` again; `holds` packets of an exchange until it `releases` them.
 */
export type ActionText =
  | `${EndName} ${'dies' | 'stops' | 'starts' | 'pings' | 'loses' | 'passes'}`
  | `${EndName} ${'initiates' | 'terminates' | 'rekeys' | 'reauthenticates'} ${string}`
  | `${EndName} ${'holds' | 'releases'} ${Exchange} ${MessageKind}`;

export interface Action {
  readonly end: EndName;
  readonly verb: string;
  readonly words: readonly string[];
}

export interface Step {
  readonly does: readonly ActionText[];
  /** From the first action to the list of SAs. */
  readonly forMs: number;
}

/** How an end differs from the defaults: one child `net`, `unique = never`, no DPD, no rekeying. Times of 0: never. */
export interface EndSetup {
  readonly unique?: Unique;
  readonly children?: readonly string[];
  readonly dpdMs?: number;
  readonly keyingTries?: number;
  /** `make_before_break`; default no, with either version. */
  readonly makesBeforeBreak?: boolean;
  /** `reuse_ikesa`; default yes. */
  readonly reusesIkeSa?: boolean;
  /** `dpd_action = restart`. */
  readonly restartsOnLoss?: boolean;
  /** `start_action = trap`. */
  readonly hasTraps?: boolean;
  /** What of its connection doesn't fit the other end's: all of it, as none is loaded, IKE's proposal, the secret, the child's proposal. */
  readonly refuses?: 'connection' | 'proposal' | 'secret' | 'child';
}

export interface Scenario {
  /** Name of the file of its recordings. */
  readonly name: string;
  /** What it shows. */
  readonly shows: string;
  readonly moon: EndSetup;
  readonly sun: EndSetup;
  readonly steps: readonly Step[];
}

/** Retransmission of both charons: three packets a second apart, then the end after another one. */
export const RETRANSMISSION = { timeoutMs: 1_000, base: 1, tries: 2 };

/** `half_open_timeout` of both charons. */
export const HALF_OPEN_MS = 5_000;

export function readAction(text: ActionText): Action {
  const [end, verb = '', ...words] = text.split(' ');
  if (end !== 'moon' && end !== 'sun') throw new Error(`no end "${end}" in "${text}"`);
  return { end, verb, words };
}

export function otherEnd(end: EndName): EndName {
  return end === 'moon' ? 'sun' : 'moon';
}
