/**
 * Recognising IKE_SAs: is this the one that we know, who started it, what does it take over from another.
 *
 * Knows how charon's ids, SPIs and CHILD_SAs live through rekeying and restarts. Changes nothing.
 */

import { HALF_OPEN_PER_PEER_MAX } from './constants.ts';
import type { Writable } from './copies.ts';
import type { ChildSaFacts, IkeSaFacts } from './facts.ts';
import { isConnecting } from './facts.ts';
import type { IkeSa, PeerState, StartedBy } from './state.ts';

export const NO_SPI = '0000000000000000';

/** States in which an IKE_SA is on its way out, or replaced by rekeying: as good as gone. */
export function isLeaving(state: string): boolean {
  return state === 'DELETING' || state === 'DESTROYING' || state === 'REKEYED' || state === 'REDIRECTED';
}

export function isSameIkeSa(known: IkeSa, facts: IkeSaFacts): boolean {
  // While it is CONNECTING charon may start over under the same id with a new SPI (keyingtries).
  return (
    known.initiatorSpi === facts.initiatorSpi || isConnecting(known.state) || known.initiatorSpi === NO_SPI
  );
}

/** Who started an IKE_SA that is seen for the first time: by lineage if we can, by charon's flag if not. */
export function startedByOf(state: PeerState, facts: IkeSaFacts): StartedBy {
  if (facts.isAnonymous) return 'peer';
  const remembered = state.remembered.find(
    (one) => one.initiatorSpi === facts.initiatorSpi && one.responderSpi === facts.responderSpi,
  );
  if (remembered) return remembered.startedBy;
  return facts.isInitiator ? 'self' : 'peer';
}

export function newIkeSa(facts: IkeSaFacts, startedBy: StartedBy, nowMs: number): Writable<IkeSa> {
  return {
    id: facts.id,
    state: facts.state,
    startedBy,
    initiatorSpi: facts.initiatorSpi,
    responderSpi: facts.responderSpi,
    isAnonymous: facts.isAnonymous,
    remoteId: facts.remoteId,
    remoteHost: facts.remoteHost,
    children: facts.children,
    bornMs: nowMs,
    touchedMs: nowMs,
    establishedMs: null,
    upSinceMs: null,
    childRekeyedMs: null,
    move: null,
    provenMs: null,
    isBusy: facts.isBusy ?? false,
    leavingUntilMs: null,
    missedMs: null,
    twinsSinceMs: null,
    twinsEnded: 0,
    isViolation: false,
  };
}

/** One of its CHILD_SAs has another one in its place. */
export function isChildRekeyed(known: IkeSa, children: readonly ChildSaFacts[]): boolean {
  const isNew = (id: string): boolean => !known.children.some((child) => child.id === id);
  const hasName = (name: string): boolean => known.children.some((child) => child.name === name);
  return children.some(({ name, id }) => isNew(id) && hasName(name));
}

/** Brings what is known up to the facts of this moment. */
export function merge(sa: Writable<IkeSa>, facts: IkeSaFacts, children: readonly ChildSaFacts[]): void {
  sa.state = facts.state;
  sa.initiatorSpi = facts.initiatorSpi;
  sa.responderSpi = facts.responderSpi;
  sa.isAnonymous &&= facts.isAnonymous;
  sa.isBusy = facts.isBusy ?? sa.isBusy;
  sa.remoteId = facts.remoteId ?? sa.remoteId;
  sa.remoteHost = facts.remoteHost ?? sa.remoteHost;
  sa.children = children;
}

/** A listing tells of it exactly what is known, its CHILD_SAs being the same objects as in the listing before. */
export function isAsKnown(known: IkeSa, facts: IkeSaFacts | undefined): boolean {
  return (
    known.id === facts?.id &&
    known.children === facts.children &&
    known.state === facts.state &&
    known.initiatorSpi === facts.initiatorSpi &&
    known.responderSpi === facts.responderSpi &&
    known.isAnonymous === facts.isAnonymous &&
    known.isBusy === (facts.isBusy ?? known.isBusy) &&
    known.remoteId === (facts.remoteId ?? known.remoteId) &&
    known.remoteHost === (facts.remoteHost ?? known.remoteHost) &&
    known.missedMs === null &&
    !isLeaving(known.state)
  );
}

/** An event has told something else than this older listing says. */
export function differs(known: IkeSa, facts: IkeSaFacts | undefined): boolean {
  if (facts?.state !== known.state || facts.children.length !== known.children.length) return true;
  return known.children.some((child) => {
    const listed = facts.children.find((one) => one.id === child.id);
    return listed?.state !== child.state;
  });
}

/** Anyone can make half-open ones, so not all of them are remembered (R10). */
export function hasRoomFor(ikeSas: readonly IkeSa[], facts: Pick<IkeSaFacts, 'isAnonymous'>): boolean {
  return !facts.isAnonymous || ikeSas.filter((sa) => sa.isAnonymous).length < HALF_OPEN_PER_PEER_MAX;
}

/** Gives an IKE_SA what it takes over from the one that it replaces by rekeying. */
export function inherit(sa: Writable<IkeSa>, ancestor: IkeSa): void {
  sa.startedBy = ancestor.startedBy;
  sa.bornMs = ancestor.bornMs;
  sa.establishedMs = ancestor.establishedMs;
  sa.upSinceMs = ancestor.upSinceMs;
  sa.childRekeyedMs = ancestor.childRekeyedMs;
  sa.move = ancestor.move;
  sa.provenMs = ancestor.provenMs;
  // charon takes over what is queued, a DELETE as well.
  sa.leavingUntilMs = ancestor.leavingUntilMs;
  sa.twinsSinceMs = ancestor.twinsSinceMs;
  sa.twinsEnded = ancestor.twinsEnded;
  sa.isViolation = ancestor.isViolation;
}
