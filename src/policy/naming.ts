/**
 * The name of a peer's state, as operators see it, derived from what is remembered.
 */

import { DEGRADED_AFTER_MS } from './constants.ts';
import { establishedOf, hasUsable } from './ike-sas.ts';
import { isPaused } from './rules/windows.ts';
import type { PeerStateName } from './state.ts';
import { because, type Work, wakeAt } from './work.ts';

export function nameOf(work: Work): PeerStateName {
  const { state } = work;
  const { setup, window } = state;
  if (!setup.isConfigured) return 'unconfigured';
  if (!setup.isCallable) return 'passive';
  if (isPaused(state)) return 'paused';
  if (hasUsable(state)) return state.collision.isOn ? 'settling' : 'up';
  if (isDegraded(work)) return 'degraded';
  if (window.kind === 'initiator' || window.kind === 'patience') return 'initiator-mode';
  return setup.settings.policy === 'initiator-only' ? 'initiator-mode' : 'responder-mode';
}

/** An IKE_SA without all its children, and not only because they are a moment behind it. */
function isDegraded(work: Work): boolean {
  const sinceMs = establishedOf(work.state).reduce(
    (earliest, sa) => Math.min(earliest, sa.establishedMs ?? work.nowMs),
    Number.POSITIVE_INFINITY,
  );
  if (sinceMs === Number.POSITIVE_INFINITY) return false;
  if (work.nowMs >= sinceMs + DEGRADED_AFTER_MS) {
    because(work, 'R5', 'an IKE_SA lacks children');
    return true;
  }
  wakeAt(work, sinceMs + DEGRADED_AFTER_MS);
  return false;
}
