/**
 * Whose word it is: which of R1-R5, R10 and R11 applies to a peer at this moment.
 *
 *     none --no tunnel--> responder --runs out--> turn --granted--> initiator --runs out--> (patience) --> responder
 *       ^________________________ a usable tunnel, from any of them _________________________|
 */

import { askListing } from '../asking.ts';
import { isUnanswered } from '../facts.ts';
import { hasUsable, ownCallsOf } from '../ike-sas.ts';
import type { PeerState } from '../state.ts';
import { type Work, wakeAt } from '../work.ts';
import { responderDeadlineOf } from './r1-responder-mode.ts';
import { askTurn, continueInitiatorMode } from './r2-initiator-mode.ts';
import { endInitiatorMode } from './r4-window-end.ts';
import { closeWindow, stayUp } from './r5-up.ts';
import { terminate } from './r8-last-usable.ts';
import { grantCourtesy } from './r10-courtesy.ts';
import { startOver } from './r11-lost.ts';

export function isPaused(state: PeerState): boolean {
  return state.isPaused || state.setup.settings.policy === 'paused';
}

/** May this peer be called at all? */
export function mayInitiate(state: PeerState): boolean {
  const { isConfigured, isCallable, settings } = state.setup;
  const isCaller = settings.policy === 'windowed' || settings.policy === 'initiator-only';
  return state.isAttached && isConfigured && isCallable && isCaller && !isPaused(state);
}

export function runWindows(work: Work): void {
  const { state, nowMs } = work;
  if (!mayInitiate(state)) {
    stopCalling(work);
    return;
  }
  if (hasUsable(state)) {
    stayUp(work);
    return;
  }
  if (state.window.kind === 'none') startOver(work);
  const { window } = state;
  if (window.kind === 'responder') {
    const deadlineMs = responderDeadlineOf(state, window.deadlineMs);
    if (nowMs < deadlineMs) wakeAt(work, deadlineMs);
    else if (grantCourtesy(work, window)) wakeAt(work, nowMs + state.setup.settings.courtesyMs);
    else askTurn(work, deadlineMs);
  } else if (window.kind === 'initiator') {
    if (nowMs < window.deadlineMs) continueInitiatorMode(work, window);
    else endInitiatorMode(work, window);
  } else if (window.kind === 'patience') {
    endInitiatorMode(work, window);
  }
}

/** A peer that was just paused starts nothing: a call that nobody has answered yet ends here. */
function stopCalling(work: Work): void {
  const { state } = work;
  const unanswered = ownCallsOf(state).filter((call) => isUnanswered(call.responderSpi));
  if (isPaused(state) && state.setup.isCallable && (state.callIssuedMs !== null || unanswered.length > 0)) {
    if (!work.isFresh) askListing(work);
    else for (const call of unanswered) terminate(work, call, 'paused');
  }
  closeWindow(work);
}
