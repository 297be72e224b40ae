/**
 * What no step may ever do, whatever the events: the rules once more, as checks of one step from outside.
 *
 * Pure, and independent of how the rules are coded: used by tests, by the simulation and by the exploration.
 * Knows single steps only; what a whole run must lead to is checked where runs are made.
 */

import { GONE_PER_PEER_MAX, HALF_OPEN_PER_PEER_MAX } from './constants.ts';
import type { Effect } from './effects.ts';
import type { PeerEvent } from './events.ts';
import { type IkeSaFacts, isConnecting, isEstablished, isUnanswered } from './facts.ts';
import { establishedOf, hasAllChildren, ownCallsOf, twinsOf, usableOf } from './ike-sas.ts';
import { isPaused, mayInitiate } from './rules/windows.ts';
import type { PeerCounters, PeerState } from './state.ts';
import type { StepResult } from './step.ts';

type Terminate = Effect & { type: 'terminate' };
type Listing = PeerEvent & { type: 'listing' };

interface Seen {
  readonly before: PeerState;
  readonly event: PeerEvent;
  readonly after: StepResult;
}

/** @returns the rules that this step breaks, each as `R<n>: what`; empty if all is well */
export function brokenInvariants(before: PeerState, event: PeerEvent, after: StepResult): string[] {
  const seen: Seen = { before, event, after };
  return [
    ...brokenByInitiating(seen),
    ...brokenByTerminating(seen),
    ...brokenByEndingChildren(seen),
    ...brokenByRekeying(seen),
    ...brokenByTurns(seen),
    ...brokenByWindow(seen),
    ...brokenByBookkeeping(seen),
  ];
}

function failed(checks: Readonly<Record<string, boolean>>): string[] {
  return Object.entries(checks).flatMap(([name, holds]) => (holds ? [] : [name]));
}

function brokenByInitiating({ before, event, after }: Seen): string[] {
  const initiates = after.effects.filter((effect) => effect.type === 'initiate');
  if (initiates.length === 0) return [];
  const { state } = after;
  const wasAsked = isTurnAsked(before);
  const hadCall = ownCallsOf(before).length > 0 || before.callIssuedMs !== null;
  const children = initiates.map((effect) => effect.child);
  return failed({
    'R1: initiate without a turn': event.type === 'turn' && wasAsked,
    'R2: initiate outside initiator mode':
      state.window.kind === 'initiator' && event.nowMs < state.window.deadlineMs,
    'R3: initiate while a call of ours is open': !hadCall,
    'R3: initiate under an old token': initiates.every(
      (effect) => effect.token === state.token && effect.token > before.token,
    ),
    'R5: initiate while a usable IKE_SA exists': usableOf(state).length === 0,
    'R5: initiate of a child that the connection does not have': children.every((child) =>
      child === null ? state.setup.children.length === 0 : state.setup.children.includes(child),
    ),
    'R5: initiate of one child twice': new Set(children).size === children.length,
    'R14: initiate for a peer that may not be called': mayInitiate(state),
  });
}

function brokenByTerminating(seen: Seen): string[] {
  const terminates = seen.after.effects.filter((effect) => effect.type === 'terminate');
  if (terminates.length === 0) return [];
  const { event } = seen;
  if (event.type !== 'listing' || !event.isFresh) return ['R8: terminate without a fresh listing'];
  const ends = terminates.map((terminate) => ({ terminate, listed: listedAs(event, terminate) }));
  const established = ends.filter(({ listed }) => listed && isEstablished(listed.state));
  return [
    ...ends.flatMap(({ terminate, listed }) =>
      listed
        ? brokenByTerminate(seen, event, terminate, listed)
        : ['R8: terminate of an IKE_SA that the listing does not show so'],
    ),
    ...failed({ 'R8: two authenticated IKE_SAs terminated by one listing': established.length < 2 }),
  ];
}

function listedAs(listing: Listing, { id, initiatorSpi, responderSpi }: Terminate): IkeSaFacts | undefined {
  return listing.ikeSas.find(
    (facts) => facts.id === id && facts.initiatorSpi === initiatorSpi && facts.responderSpi === responderSpi,
  );
}

function brokenByTerminate(seen: Seen, listing: Listing, end: Terminate, listed: IkeSaFacts): string[] {
  const { state } = seen.after;
  const remembered = state.ikeSas.find((sa) => sa.id === end.id);
  const isOwnUnansweredCall =
    remembered?.startedBy === 'self' && isConnecting(listed.state) && isUnanswered(listed.responderSpi);
  const { window } = seen.before;
  const isPatienceOver =
    state.setup.settings.authPatienceMs === 0 ||
    (window.kind === 'patience' && listing.nowMs >= window.deadlineMs);
  return failed({
    'R4: terminate of a call in IKE_AUTH before its patience ran out':
      isEstablished(listed.state) || isOwnUnansweredCall || isPatienceOver,
    'R7: an IKE_SA of the peer given up to end a collision':
      end.reason !== 'collision' || remembered?.startedBy === 'self',
    'R8: the last usable IKE_SA terminated':
      !isEstablished(listed.state) || hasOtherUsable(listing, end.id, state),
    'R8: an IKE_SA terminated whose DELETE would have to wait':
      !isEstablished(listed.state) || listed.isBusy !== true,
    'R12: terminate while charon is away': state.isAttached,
    'R13: terminate for a peer that is passive': state.setup.isCallable,
    'R14: a violation ended without enforce': end.reason !== 'violation' || state.setup.settings.enforce,
    'paused: more than our own unanswered call terminated': !isPaused(state) || isOwnUnansweredCall,
  });
}

/** R9: a CHILD_SA goes only beside another one of its name that the same listing shows on the same IKE_SA. */
function brokenByEndingChildren({ event, after: { state, effects } }: Seen): string[] {
  const ids = effects.filter((effect) => effect.type === 'terminate-child').map(({ childId }) => childId);
  if (ids.length === 0) return [];
  if (event.type !== 'listing' || !event.isFresh)
    return ['R8: a CHILD_SA terminated without a fresh listing'];
  const others = effects.filter((effect) => effect.type === 'terminate');
  return failed({
    'R8: two ended by one listing': ids.length === 1 && others.length === 0,
    'R9: a CHILD_SA terminated that has no twin': ids.every((id) => hasTwin(event, id)),
    'R9: a CHILD_SA terminated for a peer that may not be touched':
      state.isAttached && state.setup.isCallable && !isPaused(state),
  });
}

function hasTwin({ ikeSas }: Listing, id: string): boolean {
  return ikeSas.some(({ children }) => {
    const ended = children.find((child) => child.id === id);
    return children.some(
      (other) =>
        other.id !== id &&
        other.state === 'INSTALLED' &&
        other.name === ended?.name &&
        other.purpose !== undefined &&
        other.purpose === ended.purpose,
    );
  });
}

/** The listing shows another one with all children, and we haven't told that one to go. */
function hasOtherUsable(listing: Listing, id: string, state: PeerState): boolean {
  return listing.ikeSas.some((facts) => {
    const isStaying = state.ikeSas.some((sa) => sa.id === facts.id && sa.leavingUntilMs === null);
    return facts.id !== id && isStaying && hasAllChildren(facts, state.setup.children);
  });
}

/**
 * R7: only what the peer started is moved to, and only beside ours: with one IKE_SA there is nothing to move. R9: or one of two
 * CHILD_SAs that do the same.
 */
function brokenByRekeying({ after: { state, effects } }: Seen): string[] {
  const twins = establishedOf(state).flatMap((sa) => {
    const names = twinsOf(sa, state.setup.children).map(({ name }) => name);
    return sa.children.filter(({ name }) => names.includes(name)).map(({ id }) => id);
  });
  const ids = effects
    .filter((effect) => effect.type === 'rekey-child')
    .map((effect) => effect.childId)
    .filter((id) => !twins.includes(id));
  const moved = usableOf(state, 'peer').flatMap((sa) => sa.children.filter(({ id }) => ids.includes(id)));
  const names = new Set(moved.map(({ name }) => name));
  return failed({
    'R7: rekeying of a CHILD_SA that is not one of the peer beside ours':
      ids.length === 0 ||
      (moved.length === ids.length && establishedOf(state).some((sa) => sa.startedBy === 'self')),
    'R7: two CHILD_SAs of one name rekeyed': names.size === moved.length,
    'R7: rekeying for a peer that may not be touched':
      ids.length === 0 || (state.isAttached && state.setup.isCallable && !isPaused(state)),
    'R7: one CHILD_SA rekeyed twice': new Set(ids).size === ids.length,
  });
}

function isTurnAsked({ window }: PeerState): boolean {
  return window.kind === 'turn' || (window.kind === 'initiator' && window.asksTurn);
}

/** R15: what the pacer believes and what the peer believes must be the same. */
function brokenByTurns({ before, event, after }: Seen): string[] {
  let isWanted = isTurnAsked(before) && event.type !== 'turn';
  for (const effect of after.effects) {
    if (effect.type === 'ask-turn') isWanted = true;
    if (effect.type === 'drop-turn') isWanted = false;
  }
  // A turn that nobody may take yet (charon away) is consumed without a word.
  const isTaken = event.type === 'turn' && isTurnAsked(before);
  return failed({
    'R15: a turn is waited for that was not asked for, or the reverse':
      isWanted === isTurnAsked(after.state) || (isTaken && !isTurnAsked(after.state)),
    'R15: a turn asked for by a peer that may not be called':
      !isTurnAsked(after.state) || mayInitiate(after.state),
  });
}

function brokenByWindow({ after: { state, effects } }: Seen): string[] {
  const isClosed = state.window.kind === 'none';
  const isActing = effects.some((effect) =>
    ['initiate', 'terminate', 'terminate-child', 'list', 'ask-turn', 'rekey-child'].includes(effect.type),
  );
  return failed({
    'R5: a window runs beside a usable IKE_SA': isClosed || usableOf(state).length === 0,
    'R1: no window runs although there is no usable IKE_SA':
      !isClosed || !mayInitiate(state) || usableOf(state).length > 0,
    'R12: a window runs while charon is away': isClosed || state.isAttached,
    'R12: something asked of charon while it is away': state.isAttached || !isActing,
    'R14: a window runs for a peer that may not be called': isClosed || mayInitiate(state),
  });
}

function brokenByBookkeeping({ before, event, after: { state, effects } }: Seen): string[] {
  const ids = state.ikeSas.map((sa) => sa.id);
  const goneIds = state.gone.map((one) => one.id);
  const counters = Object.keys(state.counters) as (keyof PeerCounters)[];
  const transitions = effects.filter((effect) => effect.type === 'transition');
  const isTold =
    before.name === state.name
      ? transitions.length === 0
      : transitions.length === 1 && transitions[0]?.from === before.name && transitions[0].to === state.name;
  return failed({
    'state: an IKE_SA is remembered twice': new Set(ids).size === ids.length,
    'state: an IKE_SA is remembered as gone and as present': ids.every((id) => !goneIds.includes(id)),
    'state: too many remembered': goneIds.length <= GONE_PER_PEER_MAX,
    'state: too many half-open remembered':
      state.ikeSas.filter((sa) => sa.isAnonymous).length <= HALF_OPEN_PER_PEER_MAX,
    'state: a counter fell': counters.every((name) => state.counters[name] >= before.counters[name]),
    'state: the token fell': state.token >= before.token,
    'state: a change of name without its transition': isTold,
    'time: wakeMs is not a time to come':
      state.wakeMs === null || (Number.isFinite(state.wakeMs) && state.wakeMs > event.nowMs),
  });
}
