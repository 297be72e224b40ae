/**
 * All that the policy remembers of one peer.
 *
 * Plain data: it can be copied, compared, printed and stored. Times are monotonic milliseconds as they
 * came in events.
 */

import type { PeerSetup } from './events.ts';
import type { ChildSaFacts } from './facts.ts';

/** Names of states in output, JSON and logs. */
export type PeerStateName =
  | 'responder-mode'
  | 'initiator-mode'
  | 'settling'
  | 'up'
  | 'degraded'
  | 'passive'
  | 'paused'
  | 'unconfigured';

/** Which end started an IKE_SA, seen from us. */
export type StartedBy = 'self' | 'peer';

/** R7: we have asked charon to rekey the CHILD_SAs of an IKE_SA, so that our packets move to it. */
export interface Move {
  /** When we last asked. */
  readonly askedMs: number;
  /** Until when an answer counts for the try that was begun then; each answer gives the next one its time. */
  readonly untilMs: number;
  /** Tries in a row without any answer. */
  readonly triesInVain: number;
  /** CHILD_SAs that we have asked to be rekeyed. What is still there isn't rekeyed yet. */
  readonly childIds: readonly string[];
}

/** One IKE_SA as the policy remembers it. */
export interface IkeSa {
  readonly id: string;
  readonly state: string;
  /** Recorded when first seen and carried through rekeying (charon's own flag flips). */
  readonly startedBy: StartedBy;
  readonly initiatorSpi: string;
  readonly responderSpi: string;
  readonly isAnonymous: boolean;
  /** Identity of the other end: two hosts may come over one connection (R8). */
  readonly remoteId?: string | undefined;
  /** Address of the other end, as last listed. */
  readonly remoteHost?: string | undefined;
  readonly children: readonly ChildSaFacts[];
  /** When this IKE_SA, or the one that it replaced by rekeying, was first seen. */
  readonly bornMs: number;
  /** Time of the last news of it that came by an event: a listing asked for before is older. */
  readonly touchedMs: number;
  /** When it was first seen authenticated; null while it is being negotiated. */
  readonly establishedMs: number | null;
  /** Since when it has had all configured children; null if it hasn't. */
  readonly upSinceMs: number | null;
  /** When one of its CHILD_SAs was last rekeyed: since then it is the newest, which carries our packets (R7). */
  readonly childRekeyedMs: number | null;
  /** Our tries to move our packets to it (R7); null if there was none. */
  readonly move: Move | null;
  /** Since when we know that it is up at the peer too (R6); null if we don't. */
  readonly provenMs: number | null;
  /** When last listed, a request of ours on it had no answer yet: a DELETE would have to wait for that (R8). */
  readonly isBusy: boolean;
  /** We have asked charon to terminate it; until this time it counts as gone. */
  readonly leavingUntilMs: number | null;
  /** Since when charon lists it no more, or as leaving, while no event has told its end or its rekeying; else null. */
  readonly missedMs: number | null;
  /** Since when it has had two CHILD_SAs of the same name and purpose; null if it hasn't (R9). */
  readonly twinsSinceMs: number | null;
  /** How many of such we have deleted on it. */
  readonly twinsEnded: number;
  /** R14: counted as a violation already, or older than the peer's policy of responder-only. */
  readonly isViolation: boolean;
}

/** An IKE_SA known to be gone, so that a listing asked for before can't bring it back. */
export interface GoneIkeSa {
  readonly id: string;
  readonly goneMs: number;
}

/** What a restart of charon or of the sidecar must not make us forget: who started an IKE_SA (R12). */
export interface Lineage {
  readonly initiatorSpi: string;
  readonly responderSpi: string;
  readonly startedBy: StartedBy;
}

/** Whose word it is (R1, R2), when the peer has no tunnel. */
export type Window =
  /** Nothing to wait for: up, passive, paused, responder-only, charon away. */
  | { readonly kind: 'none' }
  /** R1: the peer has the word. */
  | { readonly kind: 'responder'; readonly sinceMs: number; readonly deadlineMs: number }
  /** R15: responder mode has run out; we wait for our turn. */
  | { readonly kind: 'turn'; readonly sinceMs: number; readonly deadlineMs: number }
  /** R2: we call. `retryMs` is when the next try is due (R3), `asksTurn` while it waits for its turn. */
  | {
      readonly kind: 'initiator';
      readonly sinceMs: number;
      readonly deadlineMs: number;
      readonly retryMs: number | null;
      readonly asksTurn: boolean;
    }
  /** R4: our window is over, but our call has reached IKE_AUTH and may still finish. */
  | { readonly kind: 'patience'; readonly sinceMs: number; readonly deadlineMs: number };

export const NO_WINDOW: Window = { kind: 'none' };

/** What is remembered of collisions: both ends called. */
export interface Collision {
  /** One is going on (counted once). */
  readonly isOn: boolean;
  /** R6 with `collision: immediate`: one deferral led to no tunnel yet, so settle from now on. */
  readonly hasDeferred: boolean;
  /** R11: when the last one ended, whoever ended it. */
  readonly endedMs: number | null;
  /** R11: when we last gave up our own IKE_SA for the peer's. */
  readonly settledMs: number | null;
}

export const NO_COLLISION: Collision = { isOn: false, hasDeferred: false, endedMs: null, settledMs: null };

export interface PeerCounters {
  /** Responder and initiator modes passed without a tunnel. */
  readonly cycles: number;
  /** Calls made: one per attempt, however many children it has. */
  readonly initiations: number;
  /** Times that both ends' IKE_SAs were up or under way. */
  readonly collisions: number;
  /** Collisions that we ended by giving up our own IKE_SA. */
  readonly settled: number;
  /** Leftover IKE_SAs deleted (R9). */
  readonly swept: number;
  /** R14: IKE_SAs that charon started for a responder-only peer. */
  readonly violations: number;
}

export interface PeerState {
  readonly setup: PeerSetup;
  readonly name: PeerStateName;
  /** When `name` last changed. */
  readonly sinceMs: number;
  readonly isAttached: boolean;
  /** Paused by the operator; a policy of `paused` is in the settings. */
  readonly isPaused: boolean;
  readonly ikeSas: readonly IkeSa[];
  readonly gone: readonly GoneIkeSa[];
  readonly remembered: readonly Lineage[];
  readonly window: Window;
  /** Number of the current attempt; a late answer that carries an older one changes nothing. */
  readonly token: number;
  /** An `initiate` is on its way and charon hasn't shown the IKE_SA yet. */
  readonly callIssuedMs: number | null;
  /** R4: modes passed since there was last a tunnel, for back-off. */
  readonly cyclesInRow: number;
  /** R10: the courtesy of this responder mode is used up. */
  readonly courtesyUsed: boolean;
  readonly collision: Collision;
  /** R11, R14: how the last IKE_SA went; null if none has gone yet. */
  readonly lastLoss: 'we-deleted' | 'peer-deleted' | 'silent' | null;
  /** R8: when a fresh listing was asked for and hasn't come. */
  readonly listAskedMs: number | null;
  /** When a fresh listing last came: packet counters are read only every so often (R6). */
  readonly listedMs: number | null;
  readonly counters: PeerCounters;
  readonly lastError: { readonly atMs: number; readonly text: string } | null;
  /** The next moment at which something may be due; null if only news can change anything. */
  readonly wakeMs: number | null;
}

/** Most peers have none of something: they share it. */
export const NONE: readonly never[] = [];

/** What a former run of the sidecar knew of the peer. */
export interface PeerMemory {
  readonly lineages: readonly Lineage[];
  readonly counters: PeerCounters;
  readonly isPaused: boolean;
}

/** Of a peer that no former run knew. */
export const NOTHING_REMEMBERED: PeerMemory = {
  lineages: NONE,
  counters: { cycles: 0, initiations: 0, collisions: 0, settled: 0, swept: 0, violations: 0 },
  isPaused: false,
};

/** A peer that has been heard of but of whose IKE_SAs nothing is known yet. */
export function initialPeerState(
  setup: PeerSetup,
  nowMs: number,
  memory: PeerMemory = NOTHING_REMEMBERED,
): PeerState {
  return {
    setup,
    name: 'unconfigured',
    sinceMs: nowMs,
    isAttached: false,
    isPaused: memory.isPaused,
    ikeSas: NONE,
    gone: NONE,
    remembered: memory.lineages,
    window: NO_WINDOW,
    token: 0,
    callIssuedMs: null,
    cyclesInRow: 0,
    courtesyUsed: false,
    collision: NO_COLLISION,
    lastLoss: null,
    listAskedMs: null,
    listedMs: null,
    counters: memory.counters,
    lastError: null,
    wakeMs: null,
  };
}
