/**
 * How a listing becomes what the policy remembers (R8, R12).
 *
 * Knows that events come over another connection, so that either may be older than the other, and that a listing can be
 * read in the middle of a rekeying: charon lists one IKE_SA after the other, so the old one and its successor, either of
 * them, or neither may be in it. Decides nothing.
 */

import { MISSED_MS } from './constants.ts';
import { appended, copyOfIkeSa, without } from './copies.ts';
import { type IkeSaFacts, isEstablished, isHalfOpen } from './facts.ts';
import { forget } from './memory.ts';
import {
  differs,
  hasRoomFor,
  inherit,
  isAsKnown,
  isChildRekeyed,
  isLeaving,
  isSameIkeSa,
  merge,
  newIkeSa,
  startedByOf,
} from './recognition.ts';
import type { IkeSa } from './state.ts';
import type { Work } from './work.ts';

interface Listing {
  readonly askedMs: number;
  /** Half-open IKE_SAs without a name were looked for too, so that absence means gone. */
  readonly hasHalfOpen: boolean;
  readonly ikeSas: readonly IkeSaFacts[];
}

/**
 * News that came by an event after the listing was asked for is newer than the listing, and where the two differ the
 * listing isn't fit to terminate anything by (R8). Nor is one that misses an IKE_SA of whose end no event has told.
 * @returns true if it is fit
 */
export function rememberListing(work: Work, listing: Listing): boolean {
  const { askedMs, ikeSas } = listing;
  const known = work.state.ikeSas;
  if (known.length === ikeSas.length && known.every((sa, index) => isAsKnown(sa, ikeSas[index]))) return true;
  let isCurrent = true;
  const kept: IkeSa[] = [];
  const missing: IkeSa[] = [];
  for (const [index, sa] of known.entries()) {
    const facts = withId(ikeSas, sa.id, index);
    if (sa.touchedMs >= askedMs && differs(sa, facts)) {
      if (!isHalfOpen(sa)) isCurrent = false;
      kept.push(sa);
    } else if (facts && !isLeaving(facts.state) && isSameIkeSa(sa, facts)) {
      // R7 goes by it, and the event may still be on its way.
      const listed = copyOfIkeSa(sa);
      merge(listed, facts, facts.children);
      if (isChildRekeyed(sa, facts.children)) listed.childRekeyedMs = work.nowMs;
      listed.missedMs = null;
      kept.push(listed);
    } else if (!facts && isHalfOpen(sa) && !listing.hasHalfOpen) {
      kept.push(sa);
    } else {
      missing.push(sa);
    }
  }
  const succeeded: IkeSa[] = [];
  for (const [index, facts] of ikeSas.entries()) {
    if (isLeaving(facts.state) || withId(kept, facts.id, index)) continue;
    if (!hasRoomFor(kept, facts)) continue;
    if (work.state.gone.some((one) => one.id === facts.id && one.goneMs >= askedMs)) {
      isCurrent = false;
      continue;
    }
    const sa = newIkeSa(facts, startedByOf(work.state, facts), work.nowMs);
    const ancestor = ancestorOf(facts, known);
    sa.touchedMs = ancestor ? work.nowMs : askedMs;
    if (ancestor) {
      inherit(sa, ancestor);
      succeeded.push(ancestor);
    }
    kept.push(sa);
  }
  const missed: IkeSa[] = [];
  for (const [index, sa] of missing.entries()) {
    forget(work, sa.id);
    if (succeeded.includes(sa) || !isDoubted(work, sa, withId(ikeSas, sa.id, index))) continue;
    if (sa.missedMs === null && sa.leavingUntilMs === null) isCurrent = false;
    const doubted = copyOfIkeSa(sa);
    doubted.missedMs ??= work.nowMs;
    missed.push(doubted);
  }
  work.state.ikeSas = appended(missed, kept);
  for (const { id } of work.state.ikeSas) work.state.gone = without(work.state.gone, id);
  return isCurrent;
}

/** The one with this id, which is likely to be at `index`: the order is mostly that of the listing before. */
function withId<T extends { readonly id: string }>(
  list: readonly T[],
  id: string,
  index: number,
): T | undefined {
  const likely = list[index];
  return likely?.id === id ? likely : list.findLast((one) => one.id === id);
}

/** CHILD_SAs keep their id when the IKE_SA is rekeyed: a known child tells a rekeying of which no event has told yet. */
function ancestorOf(facts: IkeSaFacts, known: readonly IkeSa[]): IkeSa | undefined {
  return known.find((one) => one.children.some((child) => facts.children.some(({ id }) => id === child.id)));
}

/** The end of an established IKE_SA raises an event, and so does its rekeying: one of them is on its way. */
function isDoubted({ nowMs }: Work, sa: IkeSa, listed: IkeSaFacts | undefined): boolean {
  if (!isEstablished(sa.state) || (listed && !isLeaving(listed.state))) return false;
  return sa.missedMs === null || nowMs < sa.missedMs + MISSED_MS;
}
