/**
 * R7: settling, also with a mirror. Once both ends' IKE_SAs are up with all their children, both are held
 * for `settle-hold`. If either goes meanwhile, the other is the survivor. After the hold the end whose own
 * IKE_SA has the lower initiator SPI deletes its own; the other end would do so `settle-grace` later.
 *
 * The two ends must never both do so, and neither sees the other's clock, settings or restarts. So whoever wants
 * to delete its own makes a *try*: it rekeys the CHILD_SAs of the peer's IKE_SA, and deletes its own if that is
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

import { askListing, awaitProof } from '../asking.ts';
import { MOVE_REST_MS, TRIES_MAX, TRY_MS, YIELD_MS } from '../constants.ts';
import type { RuleName } from '../effects.ts';
import { isInstalled, isLowerSpi } from '../facts.ts';
import { usableOf } from '../ike-sas.ts';
import type { IkeSa } from '../state.ts';
import { because, changeIkeSa, count, note, type Work, wakeAt } from '../work.ts';
import { isSpare, terminate } from './r8-last-usable.ts';

export function settle(work: Work): void {
  const { state, nowMs } = work;
  const ours = usableOf(state, 'self').at(-1);
  const theirs = usableOf(state, 'peer').at(-1);
  if (!ours || !theirs || ours.upSinceMs === null || theirs.upSinceMs === null) return;
  if (!isSpare(state, ours)) return;
  const openMs = nextTryMs(work, ours, theirs);
  if (isTrying(work, ours, theirs)) {
    if (!continueTry(work, ours, theirs)) wakeAt(work, openMs);
  } else if (nowMs < openMs) {
    wakeAt(work, openMs);
  } else if (theirs.movesAsked < TRIES_MAX) {
    beginTry(work, theirs);
  } else if (theirs.provenMs === null) {
    awaitProof(work);
  } else {
    giveUp(work, ours, theirs);
  }
}

/** We have asked for the rekeying, its answer would still count, and the other end hasn't asked for that of ours. */
function isTrying({ nowMs }: Work, ours: IkeSa, { moveAskedMs }: IkeSa): boolean {
  if (moveAskedMs === null || nowMs >= moveAskedMs + TRY_MS) return false;
  return ours.childRekeyedMs === null || ours.childRekeyedMs < moveAskedMs;
}

/** When the next try may begin. After two at the same time the one with the lower SPI comes first again. */
function nextTryMs({ state }: Work, ours: IkeSa, theirs: IkeSa): number {
  const { settleHoldMs, settleGraceMs } = state.setup.settings;
  const isFirst = isLowerSpi(ours.initiatorSpi, theirs.initiatorSpi);
  const heldMs = Math.max(ours.upSinceMs ?? 0, theirs.upSinceMs ?? 0) + settleHoldMs;
  const times = [heldMs + (isFirst ? 0 : settleGraceMs)];
  if (theirs.moveAskedMs !== null) times.push(theirs.moveAskedMs + TRY_MS + settleGraceMs);
  // We never ask for the rekeying of ours: the other end has, and may be about to delete its own.
  if (ours.childRekeyedMs !== null) times.push(ours.childRekeyedMs + (isFirst ? 1 : 2) * YIELD_MS);
  return Math.max(...times);
}

function beginTry(work: Work, theirs: IkeSa): void {
  const { nowMs } = work;
  note(work, 'R7', `moving our packets to the peer's IKE_SA ${theirs.id}`);
  for (const { id, state } of theirs.children) {
    if (isInstalled(state)) work.effects.push({ type: 'rekey-child', childId: id });
  }
  // What was rekeyed up to now, perhaps in this very step, is no answer.
  changeIkeSa(work, theirs.id, {
    moveAskedMs: nowMs,
    movesAsked: theirs.movesAsked + 1,
    childRekeyedMs: null,
  });
  wakeAt(work, nowMs + TRY_MS + work.state.setup.settings.settleGraceMs);
}

/** @returns true if ours goes */
function continueTry(work: Work, ours: IkeSa, theirs: IkeSa): boolean {
  const { childRekeyedMs } = theirs;
  if (childRekeyedMs === null) return false;
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
  work.state.settledMs = work.nowMs;
  count(work, 'settled');
  return true;
}
