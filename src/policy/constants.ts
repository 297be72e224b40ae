/**
 * Fixed times and bounds of the policy: what no operator needs to set.
 *
 * Settable ones, with their defaults, are in settings.ts.
 */

/** R11: a peer that deletes the last IKE_SA this soon after we settled a collision is called back at once. */
export const RESCUE_MS = 15_000;

/** R6, R7: while a proof is awaited, look at the packet counters this often (charon raises no event for traffic). */
export const PROOF_POLL_MS = 2_000;

/**
 * R9: by then an answer of ours to the peer's request for a CHILD_SA has come through, or the peer gives up: charon
 * retransmits after 4, 11.2, 24.2 and 47.5 s.
 */
export const CHILD_SURE_MS = 50_000;

/**
 * R7: several children are held for this long at least. If the peer is asked to rekey one whose creation it hasn't been
 * told of yet, charon takes it for gone and makes another one, and the peer is left with one that nobody hears.
 */
export const SEVERAL_HOLD_MS = 12_000;

/** R8: how often to look whether an IKE_SA that is to go has its answer and can send its DELETE. */
export const IDLE_POLL_MS = 500;

/** R7: a rekeying that isn't answered this soon tells nothing of now: charon repeats old answers. */
export const TRY_MS = 2_000;

/** R7: how often in a row to ask for a rekeying in vain before going on without, where the peer refuses it. */
export const TRIES_MAX = 4;

/**
 * R7: the end that has rekeyed ours has this long to delete its own. Its DELETE may wait for another exchange of
 * that IKE_SA, or be lost: charon retransmits after 4 s and 11.2 s.
 */
export const YIELD_MS = 15_000;

/** R7: how long packets may be on their way through the IKE_SA that is given up, after ours have moved. */
export const MOVE_REST_MS = 300;

/** R8: the least time after a listing in which it may still be acted on, however short `settle-grace` is. */
export const LISTING_VALID_MS_MIN = 250;

/** R8: how long a listing may take before it is asked for again. */
export const LIST_AGAIN_MS = 5_000;

/** R7, R9: how long a terminate may take before the IKE_SA counts as present again. */
export const TERMINATE_AGAIN_MS = 10_000;

/** R4: back-off shortens a lengthened responder mode by up to this share, so that peers don't call in step. */
export const BACK_OFF_JITTER_SHARE = 0.1;

/** R10: charon gives up a half-open IKE_SA after 30 s (`half_open_timeout`), without an event. */
export const HALF_OPEN_MS = 30_000;

/** Most half-open IKE_SAs remembered for one peer: anyone can make them. */
export const HALF_OPEN_PER_PEER_MAX = 16;

/** R5: an IKE_SA comes up a moment before its children; only then is it called degraded. */
export const DEGRADED_AFTER_MS = 1_000;

/** R9: of CHILD_SAs that do the same at most so many are deleted on one IKE_SA: the peer may want them (RFC 7296, 2.8). */
export const TWINS_ENDED_MAX = 3;

/** How long the event that tells why charon doesn't list an IKE_SA any more may be on its way. */
export const MISSED_MS = 2_000;

/** Most IKE_SAs remembered as gone for one peer, against listings that are older than the news. */
export const GONE_PER_PEER_MAX = 16;

/** R15: initiations that were due may be caught up with at most this much. */
export const PACER_CATCH_UP_MS = 10;

/** Longest text of an error or a reason that is kept. */
export const TEXT_LENGTH_MAX = 300;
