/**
 * R11: all IKE_SAs are gone, so the peer gets the first word again. One exception: if the peer deletes the
 * last one shortly after we gave up ours in a collision, or what a collision leaves lacks children that the other one had,
 * we call at once, once. (The other exception needs
 * no code: the gap of a break-before-make reauthentication only begins a responder mode that nobody needs.)
 */

import { RESCUE_MS } from '../constants.ts';
import { hasEstablished } from '../ike-sas.ts';
import { because, changeCollision, type Work } from '../work.ts';
import { enterResponderMode } from './r1-responder-mode.ts';
import { askTurn } from './r2-initiator-mode.ts';

function isSince({ nowMs }: Work, ms: number | null): boolean {
  return ms !== null && nowMs - ms < RESCUE_MS;
}

/** The peer has no usable IKE_SA and no window runs yet. */
export function startOver(work: Work): void {
  const { state, nowMs } = work;
  const { settledMs, endedMs } = state.collision;
  const wasUp = state.name === 'up' || state.name === 'settling' || state.name === 'degraded';
  const isRescue = state.lastLoss === 'peer-deleted' && isSince(work, settledMs);
  // charon puts each child on any IKE_SA of the connection: one may have had those that the other lacks.
  const isTorn = hasEstablished(state) && isSince(work, endedMs);
  if (settledMs !== null || endedMs !== null) changeCollision(work, { settledMs: null, endedMs: null });
  if (isTorn) {
    because(work, 'R11', 'a collision ended with children missing: we call at once');
    askTurn(work, nowMs);
  } else if (isRescue) {
    because(work, 'R11', 'the peer deleted the survivor of a collision: we call at once');
    askTurn(work, nowMs);
  } else if (state.setup.settings.policy === 'initiator-only' && !hasEstablished(state)) {
    because(work, 'R1', 'initiator-only: no responder mode');
    askTurn(work, nowMs);
  } else if (hasEstablished(state)) {
    enterResponderMode(work, 'R5', 'children are missing: the peer has the first word');
  } else if (wasUp) {
    enterResponderMode(work, 'R11', 'the tunnel is gone: the peer has the first word');
  } else {
    enterResponderMode(work, 'R1', 'no tunnel');
  }
}
