/**
 * What the policy wants done: intents, never promises. The shell carries them out and reports back by events.
 */

import type { PeerStateName } from './state.ts';

/** Name of the rule behind a decision, as in docs/rules.md. */
export type RuleName =
  | 'R1'
  | 'R2'
  | 'R3'
  | 'R4'
  | 'R5'
  | 'R6'
  | 'R7'
  | 'R8'
  | 'R9'
  | 'R10'
  | 'R11'
  | 'R12'
  | 'R13'
  | 'R14'
  | 'R15'
  | 'operator'
  | 'configuration';

/** Why an IKE_SA is terminated. */
export type TerminateReason = 'window-over' | 'collision' | 'leftover' | 'violation' | 'paused';

export type Effect =
  /** Ask for a turn to initiate; whoever's `deadlineMs` is earliest comes first (R15). */
  | { readonly type: 'ask-turn'; readonly deadlineMs: number }
  /** The turn asked for isn't wanted any more. */
  | { readonly type: 'drop-turn' }
  /** Initiate this child of the peer's connection (null: it has none), asynchronously. `token` comes back. */
  | { readonly type: 'initiate'; readonly child: string | null; readonly token: number }
  /** Read all IKE_SAs of the peer now and report them as a fresh listing. */
  | { readonly type: 'list' }
  /** Rekey this CHILD_SA of an IKE_SA of the peer, so that our packets move to it (R7). */
  | { readonly type: 'rekey-child'; readonly childId: string }
  /** Terminate exactly this IKE_SA, which the listing of this very moment has shown. */
  | {
      readonly type: 'terminate';
      readonly id: string;
      readonly initiatorSpi: string;
      readonly responderSpi: string;
      readonly reason: TerminateReason;
      /** Not to be asked for any later: the listing is old by then. */
      readonly untilMs: number;
    }
  /** Delete exactly this CHILD_SA, which the listing of this very moment has shown beside another one of its name (R9). */
  | { readonly type: 'terminate-child'; readonly childId: string; readonly untilMs: number }
  /** The name of the peer's state changed. */
  | {
      readonly type: 'transition';
      readonly from: PeerStateName;
      readonly to: PeerStateName;
      readonly rule: RuleName;
      readonly why: string;
    }
  /** Something an operator may want to know that changes no state. */
  | { readonly type: 'note'; readonly rule: RuleName; readonly why: string; readonly isTrouble: boolean };
