/**
 * How a listing becomes what the policy remembers (R8, R12).
 *
 * Knows that events come over another connection, so that either may be older than the other, and that a listing can be
 * read in the middle of a rekeying: charon lists one IKE_SA after the other, so the old one and its successor, either of
 * them, or neither may be in it. Decides nothing.
 */

import { MISSED_MS } from './constants.ts';
import { type IkeSaFacts, isEstablished, isHalfOpen } from './facts.ts';
import { forget } from './memory.ts';
import {
  differs,
  hasRoomFor,
  inherit,
  isChildRekeyed,
  isLeaving,
  isSameIkeSa,
  merged,
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
  const listed = new Map(ikeSas.map((facts) => [facts.id, facts]));
  let isCurrent = true;
  const kept: IkeSa[] = [];
  const missing: IkeSa[] = [];
  for (const sa of known) {
    const facts = listed.get(sa.id);
    if (sa.touchedMs >= askedMs && differs(sa, facts)) {
      if (!isHalfOpen(sa)) isCurrent = false;
      kept.push(sa);
    } else if (facts && !isLeaving(facts.state) && isSameIkeSa(sa, facts)) {
      // R7 goes by it, and the event may still be on its way.
      const childRekeyedMs = isChildRekeyed(sa, facts.children) ? work.nowMs : sa.childRekeyedMs;
      kept.push({ ...merged(sa, facts, facts.children), childRekeyedMs, missedMs: null });
    } else if (!facts && isHalfOpen(sa) && !listing.hasHalfOpen) {
      kept.push(sa);
    } else {
      missing.push(sa);
    }
  }
  const succeeded = new Set<string>();
  for (const facts of ikeSas) {
    if (isLeaving(facts.state) || kept.some((sa) => sa.id === facts.id)) continue;
    if (!hasRoomFor(kept, facts)) continue;
    if (work.state.gone.some((one) => one.id === facts.id && one.goneMs >= askedMs)) {
      isCurrent = false;
      continue;
    }
    const sa = newIkeSa(facts, startedByOf(work.state, facts), work.nowMs);
    const ancestor = ancestorOf(facts, known);
    if (ancestor) succeeded.add(ancestor.id);
    kept.push(ancestor ? inherit(sa, ancestor) : { ...sa, touchedMs: askedMs });
  }
  const doubted = missing.filter((sa) => !succeeded.has(sa.id) && isDoubted(work, sa, listed.get(sa.id)));
  if (doubted.some((sa) => sa.missedMs === null && sa.leavingUntilMs === null)) isCurrent = false;
  for (const sa of missing) forget(work, sa.id);
  work.state.ikeSas = [...doubted.map((sa) => ({ ...sa, missedMs: sa.missedMs ?? work.nowMs })), ...kept];
  const present = new Set(work.state.ikeSas.map((sa) => sa.id));
  work.state.gone = work.state.gone.filter((one) => !present.has(one.id));
  return isCurrent;
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
