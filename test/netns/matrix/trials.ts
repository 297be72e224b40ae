/**
 * Trials of the matrix: each is a peer of some kind, with a connection of its own at both ends.
 */
import { type Connection, connectionOfPeer, connectionToPeer } from '../lab/connection.ts';
import type { ManyPeer } from '../lab/hosts.ts';
import type { Lab } from '../lab/lab.ts';
import type { Settings } from '../lab/settings-text.ts';

/** Plain strongSwan with this `unique`, or another afteryou. */
export type PeerKind = 'never' | 'no' | 'keep' | 'replace' | 'afteryou';

export const PEER_KINDS: readonly PeerKind[] = ['never', 'no', 'keep', 'replace', 'afteryou'];

export interface Trial {
  readonly peer: ManyPeer;
  readonly kind: PeerKind;
}

/** By number: a small root tree may not know the name. */
const UDP = 17;

/** What all connections of a cell have in common. */
export interface ConnectionChoice {
  readonly children: readonly string[];
  /** Over the defaults of both ends' connections. */
  readonly connection: Settings;
}

/** Our connection to the peer of a trial. */
export function connectionAtMoon(lab: Lab, { peer }: Trial, options: ConnectionChoice): Connection {
  const children = childrenOf(options, peer.innerMoon, peer.innerSun);
  return connectionToPeer(lab.moon, peer, { settings: options.connection, children });
}

/** The peer's connection to us. */
export function connectionAtSun(lab: Lab, { peer, kind }: Trial, options: ConnectionChoice): Connection {
  const unique = kind === 'afteryou' ? 'never' : kind;
  const children = childrenOf(options, peer.innerSun, peer.innerMoon);
  return connectionOfPeer(lab.moon, peer, { settings: { ...options.connection, unique }, children });
}

/** The port of UDP that a further child is for, at both ends. */
export function portOf(childIndex: number): number {
  return 5000 + childIndex;
}

/** The first child takes everything between the two hosts, each other one a port of UDP. */
function childrenOf({ children }: ConnectionChoice, local: string, remote: string): Record<string, Settings> {
  return Object.fromEntries(
    children.map((name, index) => {
      const port = portOf(index);
      const over = { local_ts: `${local}/32[${UDP}/${port}]`, remote_ts: `${remote}/32[${UDP}/${port}]` };
      return [name, index === 0 ? {} : over];
    }),
  );
}
