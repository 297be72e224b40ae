/**
 * What one exploration is about: two ends, and what may go wrong between them.
 */

import type { Restart } from './end.ts';
import type { EndTraits, Side } from './world.ts';

export interface Plan {
  readonly ends: readonly [EndTraits, EndTraits];
  /** How old a message may become on its way. Timers that are due sooner may fire before or after it arrives. */
  readonly flightMs: number;
  /** At most `lags` times time passes by `lagMs` while something is under way, on the network or over VICI. */
  readonly lagMs: number;
  readonly lags: number;
  /** Messages that may be lost. */
  readonly losses: number;
  /** Restarts, of which `restartsMax` happen. */
  readonly restarts: readonly { readonly side: Side; readonly restart: Restart }[];
  readonly restartsMax: number;
  /** Ends whose charon may rekey an IKE_SA by itself, and how often in all. */
  readonly rekeyers: readonly Side[];
  readonly rekeyingsMax: number;
  /** What comes over VICI is read before the next message arrives; else in any order with messages. */
  readonly isPrompt: boolean;
  /** From the last loss, delay, restart or rekeying (or the start) to one tunnel, at most. */
  readonly boundMs: number;
  /** The peer may delete the last tunnel by itself (`unique=replace`): what counts is where it ends. */
  readonly mayBeEmpty?: boolean;
}
