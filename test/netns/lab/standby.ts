/**
 * A second gateway that can take moon's place, as keepalived has it: both are on one wire with sun, and moon's outer address is at
 * the one that is master.
 *
 *     moon (192.0.2.1) ----+
 *                          +---- switch ---- 192.0.2.2 sun, and the addresses of the many peers
 *     standby  ------------+
 *
 * Knows links and addresses; nothing of IPsec, and nothing of who should be master. To be put in before the charons start.
 */
import { run } from './command.ts';
import { Host, WAN } from './hosts.ts';
import type { Lab } from './lab.ts';
import { routeToPeers } from './network.ts';

const BRIDGE = 'br0';

/** Puts the switch and the standby in. The address stays at moon. */
export async function standbyOf(lab: Lab): Promise<Host> {
  const { moon, sun, peers } = lab;
  const standby = new Host('moon', await lab.namespace('standby'), 'standby');
  const netns = await lab.namespace('switch');
  await sun.ip([`link set ${WAN} down`, `link set ${WAN} netns ${netns} name ${moon.label}`]);
  // At its new end sun has another link address.
  await moon.ip([`neigh flush nud permanent dev ${WAN}`]);
  await plug(sun, netns);
  await plug(standby, netns);
  const ports = [moon, sun, standby].map(({ label }) => `link set ${label} master ${BRIDGE} up`);
  await ip(netns, [`link add ${BRIDGE} type bridge`, ...ports, `link set ${BRIDGE} up`]);
  const outer = `${sun.ipv4.outer}/${sun.ipv4.outerPrefix}`;
  await sun.ip([
    `link set ${WAN} txqueuelen 10000 up`,
    ...[outer, ...peers.map((peer) => `${peer.outer}/32`)].map((address) => `addr add ${address} dev ${WAN}`),
  ]);
  await standby.ip([
    'link set lo up',
    `link set ${WAN} txqueuelen 10000 up`,
    ...[standby.ipv4.inner, ...peers.map(({ innerMoon }) => innerMoon)].map(
      (address) => `addr add ${address}/32 dev lo`,
    ),
  ]);
  return standby;
}

/** Takes moon's outer address away from a gateway that has it; its routes go with it. */
export async function releaseAddress(from: Host): Promise<void> {
  await from.ip([`addr del ${from.ipv4.outer}/${from.ipv4.outerPrefix} dev ${WAN}`]);
}

/** Gives it to a gateway. That sun forgets whose it was stands for keepalived's gratuitous ARP. */
export async function takeAddress(to: Host, sun: Host): Promise<void> {
  await to.ip([`addr add ${to.ipv4.outer}/${to.ipv4.outerPrefix} dev ${WAN}`, routeToPeers(sun)]);
  await sun.ip([`neigh flush dev ${WAN}`]);
}

/** Pulls a gateway's plug, or puts it back in. */
export async function setPlugged(gateway: Host, isIn: boolean): Promise<void> {
  await gateway.ip([`link set ${WAN} ${isIn ? 'up' : 'down'}`]);
}

/** Joins a host to the switch, at a port with the host's label. */
async function plug(host: Host, netns: string): Promise<void> {
  const port = ['peer', 'name', host.label, 'netns', netns];
  await run(['ip', 'link', 'add', WAN, 'netns', host.netns, 'type', 'veth', ...port]);
}

async function ip(netns: string, commands: readonly string[]): Promise<void> {
  await run(['ip', '-n', netns, '-batch', '-'], { input: `${commands.join('\n')}\n` });
}
