/**
 * R14: responder-only means it. An IKE_SA that charon itself started for such a peer (trap, DPD restart,
 * close action) is a violation: counted and reported, and with `enforce` terminated unless it is the last
 * usable one.
 */

import { askListing } from '../asking.ts';
import { isConnecting, isEstablished, isUnanswered } from '../facts.ts';
import { usableOf } from '../ike-sas.ts';
import { because, changeIkeSa, count, note, type Work } from '../work.ts';
import { terminate } from './r8-last-usable.ts';

export function auditResponderOnly(work: Work): void {
  const { state } = work;
  if (state.setup.settings.policy !== 'responder-only') return;
  for (const sa of state.ikeSas) {
    if (sa.startedBy !== 'self' || sa.isViolation) continue;
    changeIkeSa(work, sa.id, { isViolation: true });
    count(work, 'violations');
    note(
      work,
      'R14',
      `charon started IKE_SA ${sa.id} itself; look for start_action, dpd_action or close_action of the connection`,
      true,
    );
  }
}

/** What is ours when the peer becomes responder-only was started rightly. */
export function exemptPresent(work: Work): void {
  for (const sa of work.state.ikeSas) {
    if (sa.startedBy === 'self') changeIkeSa(work, sa.id, { isViolation: true });
  }
}

/** With `enforce`. A call that has reached IKE_AUTH is left to establish: dropped there it may live on at the peer. */
export function enforceResponderOnly(work: Work): void {
  const { state } = work;
  const { settings } = state.setup;
  if (settings.policy !== 'responder-only' || !settings.enforce) return;
  for (const sa of state.ikeSas) {
    if (sa.startedBy !== 'self' || sa.leavingUntilMs !== null) continue;
    const isCall = isConnecting(sa.state) && isUnanswered(sa.responderSpi);
    const isSpare = isEstablished(sa.state) && usableOf(state).some((other) => other.id !== sa.id);
    if (!isCall && !isSpare) continue;
    if (!work.isFresh) askListing(work);
    else if (terminate(work, sa, 'violation'))
      because(work, 'R14', `IKE_SA ${sa.id} was a violation: it goes`);
  }
}
