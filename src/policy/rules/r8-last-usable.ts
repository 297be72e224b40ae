/**
 * R8: the last usable IKE_SA of a peer is never deleted, whatever the rules say. Usable is what charon's
 * list shows right before the terminate: without a fresh listing nothing is terminated at all. Nor is an IKE_SA on
 * which a request of ours has no answer yet: charon sends one at a time, so the DELETE would be sent later (RFC 7296, 2.3).
 */

import { askListing, awaitIdle } from '../asking.ts';
import { LISTING_VALID_MS_MIN, TERMINATE_AGAIN_MS } from '../constants.ts';
import type { TerminateReason } from '../effects.ts';
import { isEstablished, isInstalled } from '../facts.ts';
import { certainOf, usableOf } from '../ike-sas.ts';
import type { IkeSa, PeerState } from '../state.ts';
import { changeIkeSa, type Work, wakeAt } from '../work.ts';

/**
 * Another usable one leads to the same host, and this one carries nothing that isn't the peer's: charon lets
 * connections with equal settings share an IKE_SA.
 */
export function isSpare(state: PeerState, sa: IkeSa): boolean {
  const isShared = sa.children.some(
    (child) => isInstalled(child.state) && !state.setup.children.includes(child.name),
  );
  const others = certainOf(usableOf(state)).filter(
    (other) => other.id !== sa.id && other.remoteId === sa.remoteId,
  );
  return !isShared && others.length > 0;
}

/**
 * Until when what is decided now by the listing may still be sent to charon. Later the other end may have acted (R7: it comes
 * `settle-grace` after us), so it is decided again.
 */
export function validUntilMs({ askedMs, state }: Work): number {
  return askedMs + Math.max(state.setup.settings.settleGraceMs / 2, LISTING_VALID_MS_MIN);
}

/**
 * The only way to an effect that ends an IKE_SA.
 * @returns false if it may not go (now)
 */
export function terminate(work: Work, sa: IkeSa, reason: TerminateReason): boolean {
  if (!work.isFresh || sa.missedMs !== null) return false;
  if (isEstablished(sa.state)) {
    // One at a time: what the first one leaves must be read again before the next.
    if (work.hasTerminated) {
      askListing(work);
      return false;
    }
    if (!isSpare(work.state, sa)) return false;
    // Its DELETE would wait, perhaps for seconds, and be sent into a world that has moved on.
    if (sa.isBusy) {
      awaitIdle(work);
      return false;
    }
    work.hasTerminated = true;
  }
  const { id, initiatorSpi, responderSpi } = sa;
  const untilMs = validUntilMs(work);
  work.effects.push({ type: 'terminate', id, initiatorSpi, responderSpi, reason, untilMs });
  const leavingUntilMs = work.nowMs + TERMINATE_AGAIN_MS;
  changeIkeSa(work, id, { leavingUntilMs });
  wakeAt(work, leavingUntilMs);
  return true;
}
