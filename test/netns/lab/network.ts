/**
 * Namespaces, the link between them and the addresses on it. Knows `ip`, nothing of IPsec.
 */
import { run } from './command.ts';
import { type Host, MANY_PEERS_MAX, type ManyPeer, manyPeer, WAN } from './hosts.ts';

export async function addNamespace(host: Pick<Host, 'netns'>): Promise<void> {
  await run(['ip', 'netns', 'add', host.netns]);
}

/** Joins two hosts by a veth pair. */
export async function joinByVeth(a: Host, b: Host): Promise<void> {
  const near = ['link', 'add', WAN, 'address', a.link, 'netns', a.netns];
  const far = ['peer', 'name', WAN, 'address', b.link, 'netns', b.netns];
  await run(['ip', ...near, 'type', 'veth', ...far]);
}

/**
 * Where the other end of a veth pair is, for good. All namespaces of a machine share one table of neighbours, and when some lab fills it up
 * no packet leaves (`arp_cache: neighbor table overflow!`), which would look like a wire that is cut.
 */
export async function knowNeighbour(host: Host, other: Host): Promise<void> {
  await host.ip(
    [other.ipv4, other.ipv6].map(
      ({ outer }) => `neigh replace ${outer} lladdr ${other.link} dev ${WAN} nud permanent`,
    ),
  );
}

/** Gives a host its addresses and brings its interfaces up. `nodad`: an IPv6 address is there at once. */
export async function address(host: Host): Promise<void> {
  await host.ip([
    'link set lo up',
    `addr add ${host.ipv4.inner}/32 dev lo`,
    `addr add ${host.ipv6.inner}/128 dev lo nodad`,
    // A stall of this machine must not look like a loss on the wire.
    `link set ${WAN} txqueuelen 10000 up`,
    `addr add ${host.ipv4.outer}/${host.ipv4.outerPrefix} dev ${WAN}`,
    `addr add ${host.ipv6.outer}/${host.ipv6.outerPrefix} dev ${WAN} nodad`,
  ]);
}

/** The way to all peers. Sun is the one neighbour: one for each peer would be too many for the table that all labs share. */
export function routeToPeers(sun: Host): string {
  return `route replace 198.18.0.0/15 via ${sun.ipv4.outer} dev ${WAN}`;
}

/** Adds the addresses of `count` peers: outer ones at sun, an inner one for each at either end. */
export async function addressManyPeers(moon: Host, sun: Host, count: number): Promise<ManyPeer[]> {
  if (count > MANY_PEERS_MAX) throw new RangeError(`at most ${MANY_PEERS_MAX} peers`);
  const peers = Array.from({ length: count }, (_, index) => manyPeer(index + 1));
  await moon.ip([routeToPeers(sun), ...peers.map((peer) => `addr add ${peer.innerMoon}/32 dev lo`)]);
  await sun.ip(
    peers.flatMap((peer) => [`addr add ${peer.outer}/32 dev ${WAN}`, `addr add ${peer.innerSun}/32 dev lo`]),
  );
  return peers;
}
