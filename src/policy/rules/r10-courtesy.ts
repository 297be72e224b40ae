/**
 * R10: a half-open IKE_SA from the peer's address is unauthenticated, so anyone may have sent it. It may
 * delay our call once per responder mode, by at most `courtesy`, and is never a reason to drop anything.
 */

import { peerCallsOf } from '../ike-sas.ts';
import type { Window } from '../state.ts';
import { note, type Work } from '../work.ts';

/** @returns true if the peer was given a little longer */
export function grantCourtesy(work: Work, window: Window & { kind: 'responder' }): boolean {
  const { state, nowMs } = work;
  const { courtesyMs } = state.setup.settings;
  if (state.courtesyUsed || courtesyMs === 0 || peerCallsOf(state).length === 0) return false;
  state.courtesyUsed = true;
  state.window = { ...window, deadlineMs: nowMs + courtesyMs };
  note(work, 'R10', `the peer seems to be calling: we wait up to ${courtesyMs} ms more`);
  return true;
}
