/**
 * R7: settling, also with a mirror. Once both ends' IKE_SAs are up with all their children, both are held
 * for `settle-hold`. If either goes meanwhile, the other is the survivor. After the hold the end whose own
 * IKE_SA has the lower initiator SPI deletes its own; the other end would do so `settle-grace` later.
 *
 * The two ends must never both do so, and neither sees the other's clock, settings or restarts. So whoever wants
 * to delete its own makes a *try*: it rekeys the CHILD_SAs of the peer's IKE_SA (moving.ts), and deletes its own if that is
 * answered soon and its own wasn't rekeyed by the other end meanwhile, as a fresh listing shows. Of two ends that both
 * rekey before they look, the one that looks later sees the rekeying of the other: at most one of them goes on.
 *
 *     left    rekeys the right one's -------- looks: its own is as it was ------- deletes its own
 *     right            rekeys the left one's -------- looks: its own was rekeyed ------ waits
 *
 * If the other end has begun to delete the peer's IKE_SA, with the DELETE lost, the rekeying is refused (RFC 7296,
 * 2.25.2). The answer is a proof (R6), too, and it makes those CHILD_SAs the newest, which carry our packets: those
 * that are on their way through an IKE_SA when its end learns of the DELETE would be lost. Measured with 20 ms each
 * way and a ping every 50 ms: without it 1 to 3 pings in each settling.
 */

import { askListing, awaitIdle, awaitProof } from '../asking.ts';
import { MOVE_REST_MS, SEVERAL_HOLD_MS, YIELD_MS } from '../constants.ts';
import type { RuleName } from '../effects.ts';
import { isLowerSpi } from '../facts.ts';
import { establishedOf, usableOf } from '../ike-sas.ts';
import type { IkeSa } from '../state.ts';
import { because, changeCollision, count, type Work, wakeAt } from '../work.ts';
import {
  beginMove,
  forgetVain,
  hasMoved,
  heedAnswers,
  isMovedInVain,
  isMoving,
  nextMoveMs,
} from './moving.ts';
import { isSpare, terminate } from './r8-last-usable.ts';

export function settle(work: Work): void {
  const { state, nowMs } = work;
  // One that lacks children goes as well, later: the other end may take it for a whole one.
  const ours = usableOf(state, 'self').at(-1) ?? establishedOf(state).find((sa) => sa.startedBy === 'self');
  const usable = usableOf(state, 'peer').findLast(({ remoteId }) => remoteId === ours?.remoteId);
  if (!ours || !usable || !isSpare(state, ours)) return;
  const theirs = heedAnswers(work, usable);
  const openMs = nextTryMs(work, ours, theirs);
  if (isTrying(work, ours, theirs)) {
    if (!continueTry(work, ours, theirs)) wakeAt(work, openMs);
  } else if (nowMs < openMs) {
    wakeAt(work, openMs);
  } else if (ours.isBusy || theirs.isBusy) {
    // What was asked of the peer may just get lost for a while: no try in vain.
    if (theirs.isBusy) forgetVain(work, theirs);
    awaitIdle(work);
  } else if (!isMovedInVain(theirs)) {
    const isTaken = (ours.childRekeyedMs ?? -Infinity) >= (theirs.move?.askedMs ?? -Infinity);
    beginMove(work, theirs, isTaken);
  } else if (theirs.provenMs === null) {
    awaitProof(work);
  } else {
    giveUp(work, ours, theirs);
  }
}

/** We have asked for the rekeying, its answer would still count, and the other end hasn't asked for that of ours. */
function isTrying(work: Work, ours: IkeSa, theirs: IkeSa): boolean {
  const { move } = theirs;
  // The hold may have begun anew since.
  if (move === null || move.askedMs < startMs(work, ours, theirs) || !isMoving(work, theirs)) return false;
  return ours.childRekeyedMs === null || ours.childRekeyedMs < move.askedMs;
}

/** When the first try may begin. */
function startMs(work: Work, ours: IkeSa, theirs: IkeSa): number {
  const { settleGraceMs } = work.state.setup.settings;
  return heldUntilMs(work, ours, theirs) + (isFirstToGo(ours, theirs) ? 0 : settleGraceMs);
}

function isFirstToGo(ours: IkeSa, theirs: IkeSa): boolean {
  return isLowerSpi(ours.initiatorSpi, theirs.initiatorSpi);
}

/** When the next try may begin. After two at the same time the one with the lower SPI comes first again. */
function nextTryMs(work: Work, ours: IkeSa, theirs: IkeSa): number {
  const times = [startMs(work, ours, theirs)];
  if (theirs.move !== null) times.push(nextMoveMs(work, theirs.move.untilMs));
  // We never ask for the rekeying of ours: the other end has, and may be about to delete its own.
  if (ours.childRekeyedMs !== null)
    times.push(ours.childRekeyedMs + (isFirstToGo(ours, theirs) ? 1 : 2) * YIELD_MS);
  return Math.max(...times);
}

/** One of ours without all children may be about to get them: it is given the time of a leftover (R9). */
function heldUntilMs({ state }: Work, ours: IkeSa, theirs: IkeSa): number {
  const { settings, children } = state.setup;
  const holdMs = Math.max(settings.settleHoldMs, children.length > 1 ? SEVERAL_HOLD_MS : 0);
  const theirsMs = theirs.upSinceMs ?? 0;
  if (ours.upSinceMs !== null) return Math.max(ours.upSinceMs, theirsMs) + holdMs;
  const quietMs = ours.children.length === 0 ? ours.touchedMs : (ours.establishedMs ?? 0);
  return Math.max(quietMs, theirsMs) + Math.max(holdMs, settings.sweepGraceMs);
}

/** @returns true if ours goes */
function continueTry(work: Work, ours: IkeSa, theirs: IkeSa): boolean {
  const { childRekeyedMs } = theirs;
  if (childRekeyedMs === null || !hasMoved(theirs)) return false;
  // What we sent the old way is still under way.
  const arrivedMs = childRekeyedMs + MOVE_REST_MS;
  if (work.nowMs >= arrivedMs) return giveUp(work, ours, theirs);
  wakeAt(work, arrivedMs);
  return false;
}

function giveUp(work: Work, ours: IkeSa, theirs: IkeSa): boolean {
  if (work.isFresh) {
    return terminateCollided(work, ours, 'R7', `the peer's IKE_SA ${theirs.id} is up and proven: ours goes`);
  }
  askListing(work);
  return false;
}

/** Ends a collision by giving up an IKE_SA of ours. @returns false if it may not go (now) */
export function terminateCollided(work: Work, sa: IkeSa, rule: RuleName, why: string): boolean {
  if (!terminate(work, sa, 'collision')) return false;
  because(work, rule, why);
  changeCollision(work, { settledMs: work.nowMs });
  count(work, 'settled');
  return true;
}
