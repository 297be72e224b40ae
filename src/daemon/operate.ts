/**
 * What an operator may ask of a peer: pause, resume, initiate; and when the answer is no.
 */

import type { OperateReport, PeerSelector } from '../control/api.ts';
import { SCHEMA } from '../control/api.ts';
import { usableOf } from '../policy/ike-sas.ts';
import { mayInitiate } from '../policy/rules/windows.ts';
import type { PeerState } from '../policy/state.ts';
import type { Fleet } from './fleet.ts';
import type { Peer } from './peer.ts';
import { selectPeers } from './select-peers.ts';

export type Action = 'pause' | 'resume' | 'initiate';

/** @throws PEER_UNKNOWN */
export function operate(
  fleet: Fleet,
  action: Action,
  selector: PeerSelector,
  isAttached: boolean,
): OperateReport {
  const results = selectPeers(fleet.peers.values(), selector).map((peer) => {
    const refusal = action === 'initiate' ? refusalOf(peer, isAttached) : null;
    if (refusal === null) fleet.tell(peer, { type: 'operator', action });
    const done =
      action === 'initiate' ? 'asked for its turn to be called' : `its state is ${peer.state.name}`;
    const { service, name } = peer.definition;
    return { service, peer: name, done: refusal === null, detail: refusal ?? done };
  });
  return { schema: SCHEMA, results };
}

/** What a peer can't be asked for twice, by its window. */
const UNDER_WAY: Partial<Record<PeerState['window']['kind'], string>> = {
  turn: 'it waits for its turn to be called already',
  initiator: 'it is being called already',
  patience: 'it is being called already',
};

/** Why a peer can't be called now; null if it can. */
function refusalOf({ state }: Peer, isAttached: boolean): string | null {
  if (!isAttached) return 'charon is away';
  if (usableOf(state).length > 0) return 'it is up: nothing is initiated';
  if (mayInitiate(state)) return UNDER_WAY[state.window.kind] ?? null;
  return `its state is ${state.name} and its policy ${state.setup.settings.policy}: it is not called`;
}
