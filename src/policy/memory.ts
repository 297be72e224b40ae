/**
 * How news of charon becomes what the policy remembers: one function per kind of news; listings are in listing.ts.
 *
 * Knows how events and listings overtake each other (two connections). Decides nothing.
 */

import { GONE_PER_PEER_MAX, HALF_OPEN_MS, MISSED_MS } from './constants.ts';
import { appended, withLast, without } from './copies.ts';
import type { ChildSaFacts, IkeSaFacts } from './facts.ts';
import { isEstablished, isHalfOpen } from './facts.ts';
import { hasAllChildren, hasTwins } from './ike-sas.ts';
import {
  hasRoomFor,
  inherit,
  isLeaving,
  isSameIkeSa,
  merge,
  NO_SPI,
  newIkeSa,
  startedByOf,
} from './recognition.ts';
import { type IkeSa, type Lineage, NONE } from './state.ts';
import { because, changeIkeSa, draftOf, type Work } from './work.ts';

/** Adds an IKE_SA, in place of one with the same id. */
function add(work: Work, sa: IkeSa): void {
  work.state.ikeSas = withLast(work.state.ikeSas, sa);
  work.state.gone = without(work.state.gone, sa.id);
}

function find(work: Work, id: string): IkeSa | undefined {
  return work.state.ikeSas.find((sa) => sa.id === id);
}

function isGone(work: Work, id: string): boolean {
  return work.state.gone.some((one) => one.id === id);
}

/** Forgets an IKE_SA and remembers that it is gone. */
export function forget(work: Work, id: string): void {
  work.state.ikeSas = without(work.state.ikeSas, id);
  const gone = withLast(work.state.gone, { id, goneMs: work.nowMs });
  work.state.gone = gone.length > GONE_PER_PEER_MAX ? gone.slice(-GONE_PER_PEER_MAX) : gone;
}

/**
 * R12: a complete list after charon came (back). Ids of a former charon mean nothing, SPIs do.
 */
export function rememberAttached(work: Work, ikeSas: readonly IkeSaFacts[]): void {
  const former: Lineage[] = work.state.ikeSas
    .filter((sa) => isEstablished(sa.state))
    .map(({ initiatorSpi, responderSpi, startedBy }) => ({ initiatorSpi, responderSpi, startedBy }));
  const counted = work.state.ikeSas.filter((sa) => sa.isViolation).map((sa) => sa.initiatorSpi);
  work.state.remembered = appended(former, work.state.remembered);
  work.state.ikeSas = NONE;
  work.state.gone = NONE;
  work.state.callIssuedMs = null;
  for (const facts of ikeSas) {
    if (isLeaving(facts.state) || !hasRoomFor(work.state.ikeSas, facts)) continue;
    const sa = newIkeSa(facts, startedByOf(work.state, facts), work.nowMs);
    sa.isViolation = counted.includes(sa.initiatorSpi);
    add(work, sa);
  }
  work.state.remembered = NONE;
}

/** An IKE_SA came up; the event names no children. */
export function rememberUp(work: Work, facts: IkeSaFacts): void {
  const known = find(work, facts.id);
  if (known && isSameIkeSa(known, facts)) {
    update(work, facts, known.children);
    return;
  }
  add(work, newIkeSa(facts, startedByOf(work.state, facts), work.nowMs));
}

/** Some CHILD_SAs of an IKE_SA changed; those not named stay as they are. */
export function rememberChildren(work: Work, facts: IkeSaFacts): void {
  if (isLeaving(facts.state)) return;
  const known = find(work, facts.id);
  if (!known) {
    if (!isGone(work, facts.id)) rememberUp(work, facts);
    return;
  }
  const isNamed = ({ id }: ChildSaFacts): boolean => facts.children.some((child) => child.id === id);
  const unnamed = known.children.filter((child) => !isNamed(child));
  const present = facts.children.filter((child) => !isLeaving(child.state) && child.state !== 'DELETED');
  update(work, facts, appended(unnamed, present));
}

/** An event tells of an IKE_SA that is remembered. */
function update(work: Work, facts: IkeSaFacts, children: readonly ChildSaFacts[]): void {
  const sa = draftOf(work, facts.id);
  if (!sa) return;
  merge(sa, facts, children);
  sa.touchedMs = work.nowMs;
}

/** The IKE_SA has a new id and new SPIs, and is the same in all else; its CHILD_SAs move over. */
export function rememberIkeRekey(work: Work, oldId: string, facts: IkeSaFacts): void {
  const old = find(work, oldId);
  const known = find(work, facts.id);
  if (!old && (known || isGone(work, facts.id))) {
    // A listing was quicker than the event, perhaps by more than one rekeying.
    prove(work, facts.id);
    return;
  }
  const sa = newIkeSa(facts, facts.isInitiator ? 'self' : 'peer', work.nowMs);
  if (facts.children.length === 0) sa.children = known?.children ?? old?.children ?? NONE;
  if (old) inherit(sa, old);
  forget(work, oldId);
  add(work, sa);
  prove(work, facts.id);
}

export function rememberChildRekey(
  work: Work,
  ikeSaId: string,
  oldChildId: string,
  child: ChildSaFacts,
): void {
  const sa = draftOf(work, ikeSaId);
  if (!sa) return;
  sa.children = withLast(without(sa.children, oldChildId), child);
  sa.touchedMs = work.nowMs;
  sa.childRekeyedMs = work.nowMs;
  prove(work, ikeSaId);
}

/** Our own call, as charon's log announces it: no SPIs yet. The log may lag behind other events. */
export function rememberCall(work: Work, id: string): void {
  if (find(work, id) || isGone(work, id)) return;
  const facts: IkeSaFacts = {
    id,
    state: 'CONNECTING',
    isInitiator: true,
    initiatorSpi: NO_SPI,
    responderSpi: NO_SPI,
    isAnonymous: false,
    children: NONE,
  };
  add(work, newIkeSa(facts, 'self', work.nowMs));
}

/** A half-open IKE_SA from the peer's address. Bounded, since anyone can make them (R10). */
export function rememberPeerCall(work: Work, id: string): void {
  if (find(work, id) || isGone(work, id)) return;
  const facts: IkeSaFacts = {
    id,
    state: 'CONNECTING',
    isInitiator: false,
    initiatorSpi: NO_SPI,
    responderSpi: NO_SPI,
    isAnonymous: true,
    children: NONE,
  };
  if (hasRoomFor(work.state.ikeSas, facts)) add(work, newIkeSa(facts, 'peer', work.nowMs));
}

/** R6: the peer has sent something on it after IKE_AUTH. */
export function prove(work: Work, id: string): void {
  const sa = find(work, id);
  // Before it is authenticated anyone could have sent it: IKEv1 logs an INFORMATIONAL in the clear alike.
  if (!sa || !isEstablished(sa.state) || sa.provenMs !== null) return;
  changeIkeSa(work, id, { provenMs: work.nowMs });
}

/** What the passing of time alone brings: half-open ones are over, and a terminate that nothing came of. */
export function expire(work: Work): void {
  const { nowMs } = work;
  dropMissed(work);
  for (const sa of work.state.ikeSas) {
    const { id, leavingUntilMs } = sa;
    if (isHalfOpen(sa) && nowMs - sa.bornMs >= HALF_OPEN_MS) {
      work.state.ikeSas = without(work.state.ikeSas, id);
    } else if (leavingUntilMs !== null && nowMs >= leavingUntilMs) {
      changeIkeSa(work, id, { leavingUntilMs: null });
    }
  }
}

/** Brings what follows from the facts up to date: since when established, up, proven and with twins. */
export function follow(work: Work): void {
  const { nowMs } = work;
  const names = work.state.setup.children;
  for (const sa of work.state.ikeSas) {
    const establishedMs = isEstablished(sa.state) ? (sa.establishedMs ?? nowMs) : null;
    const upSinceMs = hasAllChildren(sa, names) ? (sa.upSinceMs ?? nowMs) : null;
    const provenMs = sa.provenMs ?? (sa.children.some((child) => child.packetsIn > 0) ? nowMs : null);
    const twinsSinceMs = hasTwins(sa, names) ? (sa.twinsSinceMs ?? nowMs) : null;
    const isAsBefore =
      establishedMs === sa.establishedMs &&
      upSinceMs === sa.upSinceMs &&
      provenMs === sa.provenMs &&
      twinsSinceMs === sa.twinsSinceMs;
    const draft = isAsBefore ? undefined : draftOf(work, sa.id);
    if (!draft) continue;
    draft.establishedMs = establishedMs;
    draft.upSinceMs = upSinceMs;
    draft.provenMs = provenMs;
    draft.twinsSinceMs = twinsSinceMs;
  }
}

/** No event has told what became of those that a listing didn't show any more: now they count as gone. */
function dropMissed(work: Work): void {
  // While charon is away what is known is kept to recognise by (R12).
  if (!work.state.isAttached) return;
  for (const { id, missedMs } of work.state.ikeSas) {
    if (missedMs === null || work.nowMs < missedMs + MISSED_MS) continue;
    because(work, 'R11', `IKE_SA ${id} isn't listed any more, and no event has told why`);
    forget(work, id);
  }
}
