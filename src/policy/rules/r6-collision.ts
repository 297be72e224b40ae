/**
 * R6: both ends call. We settle only between authenticated and proven IKE_SAs and never drop ours at once:
 * `terminate` races with the answer that charon is just processing, and an IKE_SA dropped in IKE_AUTH lives
 * on as a zombie at the peer. Our call, if still unanswered `settle-grace` after the peer's IKE_SA came up,
 * goes once that one is proven; a call in IKE_AUTH is left to establish.
 *
 * `collision: immediate` drops our unanswered call at the first sight of the peer's, once (Cisco's text).
 */

import { askListing, awaitProof } from '../asking.ts';
import { isUnanswered } from '../facts.ts';
import { certainOf, hasOwnCall, isLive, ownCallsOf, peerCallsOf, usableOf } from '../ike-sas.ts';
import { changeCollision, count, note, type Work, wakeAt } from '../work.ts';
import { enterResponderMode } from './r1-responder-mode.ts';
import { terminateCollided } from './r7-settle.ts';
import { terminate } from './r8-last-usable.ts';

/** A collision is on while an IKE_SA of each end is up or ours is under way beside the peer's. */
export function watchCollision(work: Work): void {
  const { state } = work;
  const ofPeer = state.ikeSas.some((sa) => sa.startedBy === 'peer' && isLive(sa));
  const ofSelf = state.ikeSas.some((sa) => sa.startedBy === 'self' && isLive(sa)) || hasOwnCall(state);
  // Behind a passive peer there may be several hosts (R13).
  const isColliding = ofPeer && ofSelf && state.setup.isCallable;
  if (isColliding === state.collision.isOn) return;
  if (isColliding) {
    changeCollision(work, { isOn: true });
    count(work, 'collisions');
    note(work, 'R6', 'both ends called: nothing is dropped before one IKE_SA is proven');
  } else {
    changeCollision(work, { isOn: false, endedMs: work.nowMs });
  }
}

/** Our call is still unanswered although the peer's IKE_SA is up. */
export function endSupersededCall(work: Work): void {
  const { state, nowMs } = work;
  const theirs = certainOf(usableOf(state, 'peer')).at(-1);
  if (!theirs || theirs.upSinceMs === null) return;
  for (const call of ownCallsOf(state)) {
    if (!isUnanswered(call.responderSpi)) continue;
    const graceOverMs = theirs.upSinceMs + state.setup.settings.settleGraceMs;
    if (nowMs < graceOverMs) wakeAt(work, graceOverMs);
    else if (theirs.provenMs === null) awaitProof(work);
    else if (!work.isFresh) askListing(work);
    else terminateCollided(work, call, 'R6', `superseded by the peer's IKE_SA ${theirs.id}, which is proven`);
  }
}

/** `collision: immediate`. It can leave a zombie at the peer, as the documentation says. */
export function deferImmediately(work: Work): void {
  const { state } = work;
  const { window } = state;
  const { collision } = state.setup.settings;
  if (collision !== 'immediate' || state.collision.hasDeferred || window.kind !== 'initiator') return;
  if (peerCallsOf(state).length === 0) return;
  const calls = ownCallsOf(state).filter((call) => isUnanswered(call.responderSpi));
  if (calls.length === 0) return;
  if (!work.isFresh) {
    askListing(work);
    return;
  }
  for (const call of calls) terminate(work, call, 'collision');
  changeCollision(work, { hasDeferred: true });
  count(work, 'collisions');
  enterResponderMode(work, 'R6', 'the peer is calling: we defer at once (collision: immediate)');
}
