/**
 * R7: settling, also with a mirror. Once both ends' IKE_SAs are up with all their children, both are held
 * for `settle-hold`. If either goes meanwhile, the other is the survivor. After the hold, as soon as the
 * peer's is proven, the end whose own IKE_SA has the lower initiator SPI deletes its own; the other end
 * would do so `settle-grace` later.
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
import type { RuleName } from '../effects.ts';
import { isLowerSpi } from '../facts.ts';
import { usableOf } from '../ike-sas.ts';
import type { IkeSa } from '../state.ts';
import { because, count, type Work, wakeAt } from '../work.ts';
import { terminate } from './r8-last-usable.ts';

export function settle(work: Work): void {
  const { state, nowMs } = work;
  const ours = usableOf(state, 'self').at(-1);
  const theirs = usableOf(state, 'peer').at(-1);
  if (!ours || !theirs || ours.upSinceMs === null || theirs.upSinceMs === null) return;
  const { settleHoldMs, settleGraceMs } = state.setup.settings;
  const heldMs = Math.max(ours.upSinceMs, theirs.upSinceMs) + settleHoldMs;
  if (nowMs < heldMs) {
    wakeAt(work, heldMs);
    return;
  }
  if (theirs.provenMs === null) {
    awaitProof(work);
    return;
  }
  const isFirst = isLowerSpi(ours.initiatorSpi, theirs.initiatorSpi);
  const openMs = nextOpenMs(nowMs, heldMs + (isFirst ? 0 : settleGraceMs), settleGraceMs);
  if (nowMs < openMs) wakeAt(work, openMs);
  else if (!work.isFresh) askListing(work);
  else terminateCollided(work, ours, 'R7', `the peer's IKE_SA ${theirs.id} is up and proven: ours goes`);
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
