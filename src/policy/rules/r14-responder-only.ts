/**
 * R14: responder-only means it. An IKE_SA that charon itself started for such a peer (trap, DPD restart,
 * close action), or with `no-rekey` a rekeying by charon, is a violation: counted and reported, and with `enforce` terminated unless it is the last
 * usable one.
 */

import { askListing } from '../asking.ts';
import { type IkeSaFacts, isConnecting, isUnanswered } from '../facts.ts';
import { isLive } from '../ike-sas.ts';
import type { IkeSa, PeerState } from '../state.ts';
import { because, changeIkeSa, count, note, type Work } from '../work.ts';
import { terminate } from './r8-last-usable.ts';

export function auditResponderOnly(work: Work): void {
  const { state } = work;
  if (state.setup.settings.policy !== 'responder-only') return;
  for (const sa of state.ikeSas) {
    if (sa.startedBy !== 'self' || sa.isViolation) continue;
    changeIkeSa(work, sa.id, { isViolation: true });
    count(work, 'violations');
    note(work, 'R14', `charon started IKE_SA ${sa.id} itself; ${likelyTrigger(state, sa)}`, true);
  }
}

/** What makes charon start a tunnel depends on how the last one went. */
function likelyTrigger({ lastLoss, ikeSas, setup }: PeerState, { id }: IkeSa): string {
  if (lastLoss === 'peer-deleted') return 'the peer had deleted the last one: look for close_action = start';
  if (lastLoss === 'silent') return 'the last one had died: look for dpd_action = restart';
  // The end of one that has died may be told after the call that is to replace it.
  if (setup.isCallable && ikeSas.some((sa) => sa.id !== id && isLive(sa))) {
    return 'another one is there: look for dpd_action = restart, or for someone else who initiates';
  }
  return 'look for start_action = trap or start, or for someone else who initiates';
}

/** With `no-rekey` the peer alone rekeys (as on Cisco's responder-only). */
export function auditRekey(work: Work, ikeSa: IkeSaFacts): void {
  const { policy, noRekey } = work.state.setup.settings;
  if (policy !== 'responder-only' || !noRekey || !ikeSa.isInitiator) return;
  count(work, 'violations');
  note(work, 'R14', `charon rekeyed IKE_SA ${ikeSa.id} itself; set rekey_time = 0 and reauth_time = 0`, true);
}

/** What is ours when the peer becomes responder-only was started rightly. */
export function exemptPresent(work: Work): void {
  for (const sa of work.state.ikeSas) {
    if (sa.startedBy === 'self') changeIkeSa(work, sa.id, { isViolation: true });
  }
}

/**
 * With `enforce`. A call that has reached IKE_AUTH is left to establish: dropped there it may live on at the peer. Once
 * established it goes as any of ours beside one of the peer's: after the hold and proven, by R7, or by R9.
 */
export function enforceResponderOnly(work: Work): void {
  const { state } = work;
  const { settings } = state.setup;
  if (settings.policy !== 'responder-only' || !settings.enforce) return;
  for (const sa of state.ikeSas) {
    if (sa.startedBy !== 'self' || sa.leavingUntilMs !== null) continue;
    if (!isConnecting(sa.state) || !isUnanswered(sa.responderSpi)) continue;
    if (!work.isFresh) askListing(work);
    else if (terminate(work, sa, 'violation'))
      because(work, 'R14', `IKE_SA ${sa.id} was a violation: it goes`);
  }
}
