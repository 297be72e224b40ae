/**
 * R7: settling, also with a mirror. Once both ends' IKE_SAs are up with all their children, both are held
 * for `settle-hold`. If either goes meanwhile, the other is the survivor. After the hold, as soon as the
 * peer's is proven and carries our packets, the end whose own IKE_SA has the lower initiator SPI deletes its
 * own; the other end would do so `settle-grace` later.
 *
 * The two ends act in slots that never overlap, counted from the end of the hold:
 *
 *     lower SPI    |==|          |==|          |==|          one slot is half a settle-grace long,
 *     higher SPI         |==|          |==|                  with as much silence behind it
 *     time         hold    +grace  +2 grace ...
 *
 * Proof may come late and at different times at the two ends. Without slots, the lower one's late proof
 * could fall on the very moment at which the other acts, and each would delete its own.
 */

import { askListing, awaitProof } from '../asking.ts';
import { MOVE_REST_MS, MOVE_WAIT_MS } from '../constants.ts';
import type { RuleName } from '../effects.ts';
import { isInstalled, isLowerSpi } from '../facts.ts';
import { usableOf } from '../ike-sas.ts';
import type { IkeSa } from '../state.ts';
import { because, changeIkeSa, count, note, type Work, wakeAt } from '../work.ts';
import { terminate } from './r8-last-usable.ts';

export function settle(work: Work): void {
  const { state, nowMs } = work;
  const ours = usableOf(state, 'self').at(-1);
  const theirs = usableOf(state, 'peer').at(-1);
  if (!ours || !theirs || ours.upSinceMs === null || theirs.upSinceMs === null) return;
  const { settleHoldMs, settleGraceMs } = state.setup.settings;
  const heldMs = Math.max(ours.upSinceMs, theirs.upSinceMs) + settleHoldMs;
  const isFirst = isLowerSpi(ours.initiatorSpi, theirs.initiatorSpi);
  const openMs = nextOpenMs(nowMs, heldMs + (isFirst ? 0 : settleGraceMs), settleGraceMs);
  if (nowMs < openMs) wakeAt(work, openMs);
  else if (isMoving(work, ours, theirs)) return;
  else if (theirs.provenMs === null) awaitProof(work);
  else if (!work.isFresh) askListing(work);
  else terminateCollided(work, ours, 'R7', `the peer's IKE_SA ${theirs.id} is up and proven: ours goes`);
}

/**
 * Packets that are on their way through an IKE_SA when its end learns of the DELETE are lost. Our packets take
 * the CHILD_SA that was installed last, and two that came up in the same millisecond don't show which that
 * was. So the CHILD_SAs of the peer's IKE_SA are rekeyed first: that makes them the newest, and proves them.
 * Measured with 20 ms each way and a ping every 50 ms: without it 1 to 3 pings are lost in each settling.
 *
 * The answer also tells that the other end hasn't deleted the peer's IKE_SA in its slot, with the DELETE lost:
 * then each would have deleted its own. So the wait outlasts two retransmissions of that DELETE.
 * @returns true while it is worth waiting for
 */
function isMoving(work: Work, ours: IkeSa, theirs: IkeSa): boolean {
  const { nowMs } = work;
  const movedMs = theirs.childRekeyedMs ?? 0;
  if (movedMs > carriesSinceMs(ours)) {
    // What we sent the old way is still under way.
    const arrivedMs = movedMs + MOVE_REST_MS;
    if (nowMs < arrivedMs) wakeAt(work, arrivedMs);
    return nowMs < arrivedMs;
  }
  if (theirs.moveAskedMs === null) {
    note(work, 'R7', `moving our packets to the peer's IKE_SA ${theirs.id}`);
    for (const { id, state } of theirs.children) {
      if (isInstalled(state)) work.effects.push({ type: 'rekey-child', childId: id });
    }
    changeIkeSa(work, theirs.id, { moveAskedMs: nowMs });
  }
  const untilMs = (theirs.moveAskedMs ?? nowMs) + MOVE_WAIT_MS;
  if (nowMs >= untilMs) return false;
  wakeAt(work, untilMs);
  return true;
}

/** Since when the CHILD_SAs of an IKE_SA have been installed. */
function carriesSinceMs(sa: IkeSa): number {
  return Math.max(sa.upSinceMs ?? 0, sa.childRekeyedMs ?? 0);
}

/** The first moment from `nowMs` on at which a slot is open: now, or the beginning of the next one. */
function nextOpenMs(nowMs: number, firstMs: number, graceMs: number): number {
  if (nowMs < firstMs) return firstMs;
  const periodMs = 2 * graceMs;
  const intoMs = (nowMs - firstMs) % periodMs;
  return intoMs < graceMs / 2 ? nowMs : nowMs - intoMs + periodMs;
}

/** Ends a collision by giving up an IKE_SA of ours. */
export function terminateCollided(work: Work, sa: IkeSa, rule: RuleName, why: string): void {
  if (!terminate(work, sa, 'collision')) return;
  because(work, rule, why);
  work.state.settledMs = work.nowMs;
  count(work, 'settled');
}
