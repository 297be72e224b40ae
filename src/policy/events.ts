/**
 * What can happen to a peer: facts, each with the time and a random number.
 *
 * The core has no clock and no dice; `nowMs` (monotonic milliseconds) and `random` (0 <= random < 1) come
 * with every event, so the same events always give the same run.
 */

import type { ChildSaFacts, IkeSaFacts } from './facts.ts';
import type { PeerSettings } from './settings.ts';

interface Always {
  readonly nowMs: number;
  readonly random: number;
}

/** What is configured for the peer: by the operator (settings) and in charon (the rest). */
export interface PeerSetup {
  readonly settings: PeerSettings;
  /** Names of the children of the connection, in its order. */
  readonly children: readonly string[];
  /** charon has a connection for this peer. */
  readonly isConfigured: boolean;
  /** A host address that can be called; false for a subnet, a range or a wildcard (R13). */
  readonly isCallable: boolean;
  /** Only looked at: everything is decided, and nothing is initiated or terminated. */
  readonly isObserved?: boolean;
}

/** What has happened, without the moment. */
export type PeerNews =
  | { readonly type: 'tick' }
  /** New or changed configuration of the peer. */
  | { readonly type: 'configured'; readonly setup: PeerSetup }
  /** charon is there (again): all IKE_SAs that it has for this peer (R12). */
  | { readonly type: 'attached'; readonly ikeSas: readonly IkeSaFacts[] }
  /** charon is away (R12). */
  | { readonly type: 'detached' }
  /**
   * The IKE_SAs of the peer, as asked for at `askedMs`. `isFresh` if they were read just now and for this
   * peer; `hasHalfOpen` if half-open ones without a name were looked for too, so that absence means gone.
   */
  | {
      readonly type: 'listing';
      readonly askedMs: number;
      readonly isFresh: boolean;
      readonly hasHalfOpen: boolean;
      readonly ikeSas: readonly IkeSaFacts[];
    }
  /** An IKE_SA came up (`ike-updown`, which names no children). */
  | { readonly type: 'ike-up'; readonly ikeSa: IkeSaFacts }
  /** An IKE_SA went, or its negotiation was refused. `state` as charon reports it in `ike-updown`. */
  | { readonly type: 'ike-down'; readonly id: string; readonly state: string }
  /** CHILD_SAs of an IKE_SA changed (`child-updown`): only those that the event names. */
  | { readonly type: 'child-changed'; readonly ikeSa: IkeSaFacts }
  | { readonly type: 'ike-rekeyed'; readonly oldId: string; readonly ikeSa: IkeSaFacts }
  | {
      readonly type: 'child-rekeyed';
      readonly ikeSaId: string;
      readonly oldChildId: string;
      readonly child: ChildSaFacts;
    }
  /** charon began a call to the peer, by our request or by anyone else's. */
  | { readonly type: 'call-seen'; readonly id: string }
  /** A half-open IKE_SA from the peer's address, unauthenticated (R10). */
  | { readonly type: 'peer-calls'; readonly id: string }
  /** The peer sent something on this IKE_SA after IKE_AUTH, so it is up at the peer too (R6). */
  | { readonly type: 'proven'; readonly id: string }
  /** Something may have changed that no event tells. */
  | { readonly type: 'look-again' }
  /** charon retransmits no more on an IKE_SA, or ends a call, and says so in its log. */
  | { readonly type: 'given-up'; readonly id: string; readonly text: string }
  /** Words of charon about a failure, for the operator. */
  | { readonly type: 'trouble'; readonly text: string }
  /** charon's immediate answer to an `initiate` effect; `error` null if it was accepted. */
  | { readonly type: 'initiate-answered'; readonly token: number; readonly error: string | null }
  /** charon's answer to a `terminate` effect. */
  | { readonly type: 'terminate-answered'; readonly id: string; readonly error: string | null }
  /** A `terminate` effect came too late to be sent: what it was decided on is old by now. */
  | { readonly type: 'terminate-not-sent'; readonly id: string }
  /** The pacer gives us the turn that we asked for (R15). */
  | { readonly type: 'turn' }
  | { readonly type: 'operator'; readonly action: 'pause' | 'resume' | 'initiate' };

export type PeerEvent = Always & PeerNews;

export type PeerEventType = PeerEvent['type'];
