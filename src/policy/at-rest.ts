/**
 * News that says what is known already of a peer at rest: up with one IKE_SA, and nothing that it waits for.
 *
 * Most of what charon tells is that: answers to dead peer detection, and each listing of all. A step for each would make every
 * peer's state anew several times a minute, for nothing. `step` in full would come to the same (test/property).
 */

import type { PeerEvent } from './events.ts';
import type { IkeSaFacts } from './facts.ts';
import type { IkeSa, PeerState } from './state.ts';

/** True if the step changes nothing; false if it may change something. */
export function saysNothingNew(state: PeerState, event: PeerEvent): boolean {
  if (event.type !== 'proven' && event.type !== 'listing') return false;
  const [sa, another] = state.ikeSas;
  if (state.name !== 'up' || state.wakeMs !== null || sa === undefined || another !== undefined) return false;
  if (event.type === 'proven') return sa.id === event.id && sa.provenMs !== null;
  const [facts] = event.ikeSas;
  if (event.isFresh || facts === undefined || event.ikeSas.length > 1) return false;
  return state.callIssuedMs === null && isAsListed(sa, facts);
}

/** Compared by what the reader of listings keeps while it is the same: the list of the CHILD_SAs, not each of them. */
function isAsListed(sa: IkeSa, facts: IkeSaFacts): boolean {
  return (
    sa.children === facts.children &&
    sa.id === facts.id &&
    sa.state === facts.state &&
    sa.initiatorSpi === facts.initiatorSpi &&
    sa.responderSpi === facts.responderSpi &&
    sa.isAnonymous === facts.isAnonymous &&
    sa.isBusy === (facts.isBusy ?? sa.isBusy) &&
    sa.remoteId === (facts.remoteId ?? sa.remoteId) &&
    sa.remoteHost === (facts.remoteHost ?? sa.remoteHost)
  );
}
