/**
 * R1: with no usable IKE_SA a windowed peer is in responder mode; the peer has the word and we start nothing.
 *
 * Also the length of that mode: back-off (R4) and what initiator-only makes of it.
 */

import { BACK_OFF_JITTER_SHARE } from '../constants.ts';
import type { RuleName } from '../effects.ts';
import { establishedOf } from '../ike-sas.ts';
import type { PeerState } from '../state.ts';
import { because, type Work, wakeAt } from '../work.ts';

/** Gives the peer the word. */
export function enterResponderMode(work: Work, rule: RuleName, why: string): void {
  const { state, nowMs } = work;
  because(work, rule, why);
  dropTurn(work);
  const deadlineMs = nowMs + responderModeMs(work) + peerFirstMs(state);
  state.window = { kind: 'responder', sinceMs: nowMs, deadlineMs };
  wakeAt(work, responderDeadlineOf(state, state.window.deadlineMs));
  state.courtesyUsed = false;
  state.callIssuedMs = null;
}

/** Gives back a turn that was asked for and isn't wanted any more (R15). */
export function dropTurn(work: Work): void {
  const { window } = work.state;
  const asksTurn = window.kind === 'turn' || (window.kind === 'initiator' && window.asksTurn);
  if (asksTurn) work.effects.push({ type: 'drop-turn' });
}

function responderModeMs(work: Work): number {
  const { settings } = work.state.setup;
  // Without a responder mode there is still the pause between two tries (R3).
  if (settings.policy === 'initiator-only') return settings.retryIntervalMs;
  const grown = settings.responderModeMs * settings.backOffFactor ** work.state.cyclesInRow;
  if (grown <= settings.responderModeMs) return settings.responderModeMs;
  const bounded = Math.min(grown, Math.max(settings.backOffMaxMs, settings.responderModeMs));
  return Math.round(bounded * (1 - BACK_OFF_JITTER_SHARE * work.random));
}

/**
 * When responder mode ends. An IKE_SA that has come up without all its children is given a whole
 * responder mode to complete itself (R5).
 */
export function responderDeadlineOf(state: PeerState, deadlineMs: number): number {
  return completionDeadlineOf(state, Number.NEGATIVE_INFINITY, deadlineMs);
}

/** The same, looking only at IKE_SAs that have come up since `sinceMs`. */
export function completionDeadlineOf(state: PeerState, sinceMs: number, deadlineMs: number): number {
  const completionMs = state.setup.settings.responderModeMs + peerFirstMs(state);
  return establishedOf(state)
    .map((sa) => sa.establishedMs ?? 0)
    .filter((establishedMs) => establishedMs >= sinceMs)
    .reduce((latest, establishedMs) => Math.max(latest, establishedMs + completionMs), deadlineMs);
}

/**
 * R5: whoever started the IKE_SA that lacks children asks for them first. If both ends did at the same time, there would be
 * two of each.
 */
function peerFirstMs(state: PeerState): number {
  return establishedOf(state).at(-1)?.startedBy === 'peer' ? state.setup.settings.settleGraceMs : 0;
}
