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
  await run([
    'ip',
    'link',
    'add',
    WAN,
    'netns',
    a.netns,
    'type',
    'veth',
    'peer',
    'name',
    WAN,
    'netns',
    b.netns,
  ]);
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

/**
 * The way to all peers, of which sun is the one neighbour. All namespaces of a machine share one table of neighbours, for a
 * thousand (`arp_cache: neighbor table overflow!`): a lab with a neighbour for each peer would cut the wires of all others.
 */
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
