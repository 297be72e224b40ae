/**
 * The policy of one peer: `step(state, event) -> {state, effects}`. No I/O, no clock, no randomness.
 *
 * An event first becomes memory (memory.ts), then all rules look at what is remembered, in a fixed order:
 *
 *     R14 audit -> R6 collision -> R9 leftovers -> R7 settling -> R1-R5, R10, R11 windows -> name
 *
 * Unknown and untimely events are legal and change nothing. An event of type `tick` that comes too early or
 * too often is harmless. `state.wakeMs` says when the next `tick` is wanted.
 */

import { askListing } from './asking.ts';
import { saysNothingNew } from './at-rest.ts';
import { MISSED_MS } from './constants.ts';
import { isSameState } from './copies.ts';
import type { Effect } from './effects.ts';
import type { PeerEvent, PeerSetup } from './events.ts';
import { isConnecting, isEstablished } from './facts.ts';
import { hasOwnCall, hasUsable, isCallOpen, isLive, ownCallsOf } from './ike-sas.ts';
import { rememberListing } from './listing.ts';
import * as memory from './memory.ts';
import { nameOf } from './naming.ts';
import { askTurn, planRetry, takeTurn } from './rules/r2-initiator-mode.ts';
import { closeWindow } from './rules/r5-up.ts';
import { deferImmediately, endSupersededCall, watchCollision } from './rules/r6-collision.ts';
import { settle } from './rules/r7-settle.ts';
import { sweepLeftovers } from './rules/r9-leftovers.ts';
import { endTwins } from './rules/r9-twin-children.ts';
import {
  auditRekey,
  auditResponderOnly,
  enforceResponderOnly,
  exemptPresent,
} from './rules/r14-responder-only.ts';
import { isPaused, mayInitiate, runWindows } from './rules/windows.ts';
import { isExplainedSince } from './silence.ts';
import type { PeerState } from './state.ts';
import { because, beginWork, changeCollision, changeIkeSa, setError, type Work, wakeAt } from './work.ts';

export interface StepResult {
  readonly state: PeerState;
  readonly effects: readonly Effect[];
}

/** @returns the very `state` that came in if nothing has changed */
export function step(state: PeerState, event: PeerEvent): StepResult {
  return saysNothingNew(state, event) ? { state, effects: [] } : stepInFull(state, event);
}

/** The same without looking whether there is anything to do. */
export function stepInFull(state: PeerState, event: PeerEvent): StepResult {
  const work = beginWork(state, event);
  work.state.wakeMs = null;
  memory.expire(work);
  apply(work, event);
  memory.follow(work);
  // R12: while charon is away all windows stand still.
  if (work.state.isAttached) decide(work);
  rename(work);
  return { state: isSameState(state, work.state) ? state : work.state, effects: work.effects };
}

function decide(work: Work): void {
  for (const { leavingUntilMs, missedMs } of work.state.ikeSas) {
    if (leavingUntilMs !== null) wakeAt(work, leavingUntilMs);
    if (missedMs !== null) wakeAt(work, missedMs + MISSED_MS);
  }
  auditResponderOnly(work);
  watchCollision(work);
  if (mayTearDown(work.state)) {
    enforceResponderOnly(work);
    // These are about one beside another.
    const areSeveral = work.state.ikeSas.length > 1;
    if (areSeveral) sweepLeftovers(work);
    endTwins(work);
    if (areSeveral) {
      endSupersededCall(work);
      settle(work);
    }
  }
  if (mayInitiate(work.state)) deferImmediately(work);
  runWindows(work);
  // What was just told to go collides no longer.
  watchCollision(work);
}

/** Paused tears nothing down; a passive peer (R13) may be many hosts at once, so nothing is a duplicate there. */
function mayTearDown(state: PeerState): boolean {
  const { isConfigured, isCallable, isObserved } = state.setup;
  return isConfigured && isCallable && !isPaused(state) && isObserved !== true;
}

function rename(work: Work): void {
  const { state, effects, nowMs } = work;
  if (!state.isAttached && state.setup.isConfigured) return;
  const from = state.name;
  const to = nameOf(work);
  if (from === to) return;
  state.name = to;
  state.sinceMs = nowMs;
  // First, so that whoever reads along learns of the new mode before what it does.
  effects.unshift({ type: 'transition', from, to, rule: work.rule, why: work.why });
}

/** Turns one event into memory. */
function apply(work: Work, event: PeerEvent): void {
  const { state } = work;
  switch (event.type) {
    case 'tick':
      return;
    case 'configured':
      because(work, 'configuration', 'the configuration of the peer changed');
      changeSetup(work, event.setup);
      return;
    case 'attached':
      because(work, 'R12', 'adopted what charon shows');
      // charon may be back before anyone saw it go.
      detach(work);
      state.isAttached = true;
      if (state.collision.settledMs !== null) changeCollision(work, { settledMs: null });
      memory.rememberAttached(work, event.ikeSas);
      return;
    case 'detached':
      detach(work);
      return;
    case 'listing':
      applyListing(work, event);
      return;
    case 'ike-up':
      because(work, 'R5', `IKE_SA ${event.ikeSa.id} came up`);
      memory.rememberUp(work, event.ikeSa);
      return;
    case 'ike-down':
      applyDown(work, event.id, event.state);
      return;
    case 'child-changed':
      because(work, 'R5', `CHILD_SAs of IKE_SA ${event.ikeSa.id} changed`);
      memory.rememberChildren(work, event.ikeSa);
      return;
    case 'ike-rekeyed':
      auditRekey(work, event.ikeSa);
      memory.rememberIkeRekey(work, event.oldId, event.ikeSa);
      return;
    case 'child-rekeyed':
      memory.rememberChildRekey(work, event.ikeSaId, event.oldChildId, event.child);
      return;
    case 'call-seen':
      memory.rememberCall(work, event.id);
      return;
    case 'peer-calls':
      memory.rememberPeerCall(work, event.id);
      return;
    case 'proven':
      because(work, 'R6', `the peer has proven IKE_SA ${event.id}`);
      memory.prove(work, event.id);
      return;
    case 'look-again':
      if (state.isAttached) askListing(work);
      return;
    case 'given-up':
      applyGivenUp(work, event.id, event.text);
      return;
    case 'trouble':
      setError(work, event.text);
      return;
    case 'initiate-answered':
      if (event.token === state.token && event.error !== null) {
        setError(work, event.error);
        planRetry(work);
      }
      return;
    case 'terminate-answered':
      applyTerminateAnswer(work, event.id, event.error);
      return;
    case 'terminate-not-sent':
      // It stays: decided again on a new listing.
      changeIkeSa(work, event.id, { leavingUntilMs: null });
      if (state.isAttached) askListing(work);
      return;
    case 'turn':
      if (mayInitiate(state) && !hasUsable(state)) takeTurn(work);
      return;
    case 'operator':
      applyOperator(work, event.action);
      return;
  }
}

function changeSetup(work: Work, setup: PeerSetup): void {
  const wasResponderOnly = work.state.setup.settings.policy === 'responder-only';
  work.state.setup = setup;
  if (!wasResponderOnly && setup.settings.policy === 'responder-only') exemptPresent(work);
}

/** R12: nothing is decided until charon is back; what is known is kept to recognise IKE_SAs by. */
function detach(work: Work): void {
  const { state } = work;
  closeWindow(work);
  state.isAttached = false;
  state.listAskedMs = null;
  state.listedMs = null;
}

function applyListing(work: Work, event: PeerEvent & { type: 'listing' }): void {
  const { state } = work;
  const hadCall = hasOwnCall(state) || (state.callIssuedMs !== null && state.callIssuedMs < event.askedMs);
  const isTold = isExplained(state);
  const isCurrent = rememberListing(work, event);
  if (event.isFresh) {
    state.listAskedMs = null;
    state.listedMs = work.nowMs;
  }
  work.isFresh = event.isFresh && isCurrent;
  because(work, 'R8', 'charon was asked what is there');
  if (!hadCall || hasOwnCall(state)) return;
  state.callIssuedMs = null;
  // It came up meanwhile: what it still lacks is a matter of R5.
  if (state.ikeSas.some((sa) => sa.startedBy === 'self' && isLive(sa))) return;
  // Our call is gone without an event: charon gave it up in silence.
  if (!hasUsable(state) && !isTold) setError(work, 'the peer did not answer: charon gave up retransmitting');
  planRetry(work);
}

/** charon's log has told why our call ends, and it wasn't that nobody answered. */
function isExplained(state: PeerState): boolean {
  const begunMs = state.callIssuedMs ?? ownCallsOf(state)[0]?.bornMs ?? Number.POSITIVE_INFINITY;
  return isExplainedSince(state.lastError, begunMs);
}

function applyDown(work: Work, id: string, saState: string): void {
  const { state } = work;
  const sa = state.ikeSas.find((one) => one.id === id);
  const isOurDoing = sa !== undefined && sa.leavingUntilMs !== null;
  if (sa && !isConnecting(sa.state)) state.lastLoss = lossOf(saState, isOurDoing);
  because(work, 'R11', downReason(id, saState, isOurDoing));
  memory.forget(work, id);
  if (sa?.startedBy === 'self' && isConnecting(sa.state) && isConnecting(saState)) {
    // charon's log may already have told why; it isn't older than the call itself.
    const isTold = state.lastError !== null && state.lastError.atMs >= sa.bornMs;
    if (!isTold) setError(work, 'the peer refused our call');
    planRetry(work);
  } else if (sa === undefined && isConnecting(saState) && state.callIssuedMs !== null) {
    // The line of the log that shows which IKE_SA our call is may come after its end: a listing tells whether it was this one.
    askListing(work);
  }
}

/** The end of one that was established is an event of its own; a call that dies in silence raises none. */
function applyGivenUp(work: Work, id: string, text: string): void {
  const { state } = work;
  setError(work, text);
  const isKnown = state.ikeSas.some((sa) => sa.id === id && isEstablished(sa.state));
  if (state.isAttached && isCallOpen(state) && !isKnown) askListing(work);
}

function lossOf(saState: string, isOurDoing: boolean): PeerState['lastLoss'] {
  if (isOurDoing) return 'we-deleted';
  return saState === 'DELETING' ? 'peer-deleted' : 'silent';
}

function downReason(id: string, saState: string, isOurDoing: boolean): string {
  if (isOurDoing) return `IKE_SA ${id} ended as we asked`;
  if (saState === 'DELETING') return `IKE_SA ${id} was deleted`;
  if (isConnecting(saState)) return `the negotiation of IKE_SA ${id} failed`;
  return `IKE_SA ${id} was lost without a DELETE (dead peer, or replaced)`;
}

function applyTerminateAnswer(work: Work, id: string, error: string | null): void {
  const sa = work.state.ikeSas.find((one) => one.id === id);
  if (!sa) return;
  if (error !== null) {
    setError(work, error);
    // It stays, or it is gone already: count it as present until a listing tells.
    changeIkeSa(work, id, { leavingUntilMs: null });
    if (work.state.isAttached) askListing(work);
  } else if (isConnecting(sa.state)) {
    // charon raises no event for it: an unfinished IKE_SA is destroyed without notification.
    memory.forget(work, id);
  }
}

function applyOperator(work: Work, action: 'pause' | 'resume' | 'initiate'): void {
  const { state, nowMs } = work;
  because(work, 'operator', `the operator asked to ${action}`);
  if (action === 'initiate') {
    const isWaiting = state.window.kind === 'responder' || state.window.kind === 'none';
    if (isWaiting && mayInitiate(state) && !hasUsable(state)) askTurn(work, nowMs);
  } else {
    state.isPaused = action === 'pause';
  }
}
