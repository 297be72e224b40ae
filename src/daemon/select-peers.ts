/**
 * Finds the peers that an operator means.
 */

import type { PeerSelector } from '../control/api.ts';
import { AfteryouError } from '../errors.ts';
import type { Peer } from './peer.ts';

/** Most candidates that are named in an error. */
const CANDIDATES_MAX = 5;

/** In this order; the first way in which any peer fits counts. */
const WAYS: readonly ((peer: Peer) => string | null)[] = [
  ({ definition }) => definition.key,
  ({ definition }) => definition.name,
  ({ definition }) => definition.connection,
  ({ definition }) => definition.address,
];

/** @throws PEER_UNKNOWN if none fits, or more than one */
export function selectPeer(peers: Iterable<Peer>, text: string): Peer {
  const all = [...peers];
  for (const way of WAYS) {
    const [found, ...others] = all.filter((peer) => way(peer) === text);
    if (found && others.length === 0) return found;
    if (found) throw ambiguous(text, [found, ...others]);
  }
  throw new AfteryouError('PEER_UNKNOWN', `there is no peer '${text}'`, {
    nextStep: 'see `afteryou status` for the peers',
  });
}

/** @throws PEER_UNKNOWN if none fits, or more than one where one is named */
export function selectPeers(peers: Iterable<Peer>, selector: PeerSelector): Peer[] {
  if ('all' in selector) return [...peers];
  if ('peer' in selector) return [selectPeer(peers, selector.peer)];
  const found = [...peers].filter(({ definition }) => definition.service === selector.service);
  if (found.length > 0) return found;
  throw new AfteryouError('PEER_UNKNOWN', `no peer belongs to a service '${selector.service}'`, {
    nextStep: 'see `afteryou status` for the services',
  });
}

function ambiguous(text: string, peers: readonly Peer[]): AfteryouError {
  const keys = peers.slice(0, CANDIDATES_MAX).map(({ definition }) => definition.key);
  return new AfteryouError('PEER_UNKNOWN', `'${text}' fits ${peers.length} peers`, {
    nextStep: `say which: ${keys.join(', ')}`,
  });
}
