/**
 * R4: initiator mode has run out without a tunnel. Our unfinished call is terminated and the peer has the
 * word again; a call that has reached IKE_AUTH is given `auth-patience` first, since dropping it there may
 * leave an established IKE_SA at the peer of which we know nothing.
 */

import { askListing } from '../asking.ts';
import { isUnanswered } from '../facts.ts';
import { hasEstablished, hasOwnCall, isCallOpen, ownCallsOf } from '../ike-sas.ts';
import type { Window } from '../state.ts';
import { count, note, type Work, wakeAt } from '../work.ts';
import { dropTurn, enterResponderMode } from './r1-responder-mode.ts';
import { terminate } from './r8-last-usable.ts';

export function endInitiatorMode(work: Work, window: Window & { kind: 'initiator' | 'patience' }): void {
  const { state, nowMs } = work;
  // It may also have come up just now, with its children a moment behind it.
  const mayFinish = hasOwnCall(state) || hasEstablished(state);
  if (window.kind === 'patience' && nowMs < window.deadlineMs && mayFinish) {
    wakeAt(work, window.deadlineMs);
    return;
  }
  if (isCallOpen(state) && !work.isFresh) {
    askListing(work);
    return;
  }
  const { authPatienceMs } = state.setup.settings;
  const isPatienceOver = window.kind === 'patience' || authPatienceMs === 0;
  for (const call of ownCallsOf(state)) {
    if (isUnanswered(call.responderSpi) || isPatienceOver) {
      const isGone = terminate(work, call, 'window-over');
      if (isGone && !isUnanswered(call.responderSpi)) {
        note(
          work,
          'R4',
          `IKE_SA ${call.id} had reached IKE_AUTH: the peer may keep it until its dead peer detection ends it`,
          true,
        );
      }
    } else {
      const deadlineMs = nowMs + authPatienceMs;
      dropTurn(work);
      state.window = { kind: 'patience', sinceMs: nowMs, deadlineMs };
      note(work, 'R4', `IKE_SA ${call.id} has reached IKE_AUTH: it may take up to ${authPatienceMs} ms more`);
    }
  }
  if (hasOwnCall(state)) {
    if (state.window.kind === 'patience') wakeAt(work, state.window.deadlineMs);
    return;
  }
  state.cyclesInRow += 1;
  count(work, 'cycles');
  enterResponderMode(work, 'R4', 'initiator mode ran out without a tunnel');
}
