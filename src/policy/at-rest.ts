/**
 * News that says what is known already of a peer at rest: up with one IKE_SA, and nothing that it waits for.
 *
 * Most of what charon tells is that: answers to dead peer detection, and each listing of all. A step for each would make every
 * peer's state anew several times a minute, for nothing; asked before an event is made of the news, it doesn't even take that.
 * `step` in full would come to the same (test/property).
 */

import type { PeerNews } from './events.ts';
import { isAsKnown } from './recognition.ts';
import type { PeerState } from './state.ts';

/** True if the step changes nothing; false if it may change something. */
export function saysNothingNew(state: PeerState, event: PeerNews): boolean {
  if (event.type !== 'proven' && event.type !== 'listing') return false;
  const [sa, another] = state.ikeSas;
  // While charon is away the name is that of the time before.
  if (
    !state.isAttached ||
    state.name !== 'up' ||
    state.wakeMs !== null ||
    sa === undefined ||
    another !== undefined
  )
    return false;
  if (event.type === 'proven') return sa.id === event.id && sa.provenMs !== null;
  const [facts] = event.ikeSas;
  if (event.isFresh || facts === undefined || event.ikeSas.length > 1) return false;
  return state.callIssuedMs === null && isAsKnown(sa, facts);
}
