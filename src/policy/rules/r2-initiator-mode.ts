/**
 * R2 and R3: we call. All children of the connection are initiated; a try that failed early is repeated
 * after `retry-interval`, each try with a turn of its own (R15); at most one own attempt exists at a time.
 */

import { askListing } from '../asking.ts';
import { establishedOf, hasChild, hasEstablished, hasOwnCall, hasUsable } from '../ike-sas.ts';
import type { PeerState, Window } from '../state.ts';
import { because, count, note, type Work, wakeAt } from '../work.ts';
import { completionDeadlineOf, enterResponderMode, responderDeadlineOf } from './r1-responder-mode.ts';

/** Waits for our turn (R15). The peer keeps the word meanwhile. */
export function askTurn(work: Work, deadlineMs: number): void {
  work.state.window = { kind: 'turn', sinceMs: work.nowMs, deadlineMs };
  work.effects.push({ type: 'ask-turn', deadlineMs });
}

/** Our turn has come: initiator mode begins now, or the next try in it. */
export function takeTurn(work: Work): void {
  const { state, nowMs } = work;
  const { window } = state;
  if (window.kind === 'turn') {
    // One has come up while we waited for our turn: it gets its time to complete itself (R5).
    const deadlineMs = completionDeadlineOf(state, window.sinceMs, nowMs);
    if (deadlineMs > nowMs) {
      state.window = { kind: 'responder', sinceMs: nowMs, deadlineMs };
      return;
    }
    if (state.setup.isObserved) {
      note(work, 'R2', 'would initiate now: only observing');
      enterResponderMode(work, 'R2', 'only observing');
      return;
    }
    because(work, 'R2', 'our turn has come, and there is no tunnel');
    const endMs = nowMs + state.setup.settings.initiatorModeMs;
    state.window = { kind: 'initiator', sinceMs: nowMs, deadlineMs: endMs, retryMs: null, asksTurn: false };
    call(work);
  } else if (window.kind === 'initiator' && window.asksTurn) {
    state.window = { ...window, asksTurn: false, retryMs: null };
    const isDue = nowMs < window.deadlineMs && responderDeadlineOf(state, nowMs) <= nowMs;
    if (isDue) call(work);
  }
}

/** R3: the current try has failed early; the next one is due after `retry-interval`. */
export function planRetry(work: Work): void {
  const { window, setup } = work.state;
  work.state.callIssuedMs = null;
  if (window.kind !== 'initiator' || window.retryMs !== null) return;
  work.state.window = { ...window, retryMs: work.nowMs + setup.settings.retryIntervalMs };
}

/** What is due within initiator mode before its end. */
export function continueInitiatorMode(work: Work, window: Window & { kind: 'initiator' }): void {
  const { state, nowMs } = work;
  wakeAt(work, window.deadlineMs);
  if (state.callIssuedMs !== null) {
    if (hasOwnCall(state)) {
      state.callIssuedMs = null;
    } else {
      // charon accepted the call and never showed it: look, since a call that dies young raises no event.
      const doubtMs = state.callIssuedMs + state.setup.settings.retryIntervalMs;
      if (nowMs >= doubtMs) askListing(work);
      else wakeAt(work, doubtMs);
    }
    return;
  }
  if (hasOwnCall(state)) return;
  // On an IKE_SA that lacks children there is one try per initiator mode: what comes of it, no event tells.
  if (window.retryMs === null && !hasEstablished(state)) planRetry(work);
  const { window: planned } = state;
  if (planned.kind !== 'initiator' || planned.retryMs === null || planned.asksTurn) return;
  const retryMs = responderDeadlineOf(state, planned.retryMs);
  if (nowMs < retryMs) {
    wakeAt(work, retryMs);
  } else {
    state.window = { ...planned, asksTurn: true };
    work.effects.push({ type: 'ask-turn', deadlineMs: retryMs });
  }
}

/** Whether a call that hasn't been sent yet may be sent. Also one of a former try: charon makes the same call of both. */
export function isCallWanted({ window }: PeerState, nowMs: number): boolean {
  return window.kind === 'initiator' && nowMs < window.deadlineMs;
}

/** R2: initiates what is missing, on the IKE_SA that exists if there is one (R5). */
function call(work: Work): void {
  const { state } = work;
  if (hasUsable(state) || hasOwnCall(state)) return;
  const established = establishedOf(state);
  const existing = established.at(-1);
  const names = state.setup.children;
  // Of several charon takes whichever it comes to first, and passes over what that one has.
  const missing = existing ? names.filter((name) => !established.every((sa) => hasChild(sa, name))) : names;
  state.token += 1;
  count(work, 'initiations');
  if (!existing) state.callIssuedMs = work.nowMs;
  const children = names.length === 0 ? [null] : missing;
  for (const child of children) work.effects.push({ type: 'initiate', child, token: state.token });
  note(
    work,
    existing ? 'R5' : 'R2',
    existing ? `initiating ${missing.join(', ')} on IKE_SA ${existing.id}` : 'initiating',
  );
}
