/**
 * A gateway that translates addresses, put between the wire and sun: moon sees whatever is at sun under one address, that
 * which sun has without it (RFC 7296, 2.23; RFC 3948).
 *
 *     moon 192.0.2.1 ------- 192.0.2.2 nat 198.51.100.1 ------- 198.51.100.2 sun
 *
 * Knows links, routes and nftables; nothing of IPsec. To be put in before the charons start.
 */
import { run } from './command.ts';
import { type Host, WAN } from './hosts.ts';
import type { Lab } from './lab.ts';

export interface NatOptions {
  /** What comes to the outer address on the ports of IKE goes to sun, so that moon can call; default: it is refused. */
  readonly isForwarding?: boolean;
}

/** Sun's own address behind the gateway. */
export const BEHIND_NAT = '198.51.100.2';
const GATEWAY = '198.51.100.1';
const OUTSIDE = 'out0';
const INSIDE = 'in0';

/** Puts the gateway in. The addresses of many peers are behind it, too, and also seen as one. */
export async function natBeforeSun(lab: Lab, { isForwarding = false }: NatOptions = {}): Promise<void> {
  const { sun, peers } = lab;
  const netns = await lab.namespace('nat');
  await sun.ip([`link set ${WAN} down`, `link set ${WAN} netns ${netns} name ${OUTSIDE}`]);
  await run([
    'ip',
    'link',
    'add',
    WAN,
    'netns',
    sun.netns,
    'type',
    'veth',
    'peer',
    'name',
    INSIDE,
    'netns',
    netns,
  ]);
  await ip(netns, [
    `addr add ${sun.ipv4.outer}/${sun.ipv4.outerPrefix} dev ${OUTSIDE}`,
    `link set ${OUTSIDE} txqueuelen 10000 up`,
    `addr add ${GATEWAY}/24 dev ${INSIDE}`,
    `link set ${INSIDE} up`,
    ...(peers.length > 0 ? [`route add 198.18.0.0/15 dev ${INSIDE}`] : []),
  ]);
  await ip(sun.netns, [
    `addr add ${BEHIND_NAT}/24 dev ${WAN}`,
    ...peers.map((peer) => `addr add ${peer.outer}/32 dev ${WAN}`),
    `link set ${WAN} up`,
    `route add default via ${GATEWAY}`,
  ]);
  const enter = ['ip', 'netns', 'exec', netns];
  await run([...enter, 'sysctl', '-q', '-w', 'net.ipv4.ip_forward=1']);
  await run([...enter, 'nft', '-f', '-'], { input: rules(sun, isForwarding) });
}

function rules(sun: Host, isForwarding: boolean): string {
  const forward = `iifname ${OUTSIDE} ip daddr ${sun.ipv4.outer} udp dport { 500, 4500 } dnat to ${BEHIND_NAT}`;
  return `table ip nat {
 chain arriving { type nat hook prerouting priority -100; ${isForwarding ? forward : ''}
 }
 chain leaving { type nat hook postrouting priority 100; oifname ${OUTSIDE} masquerade
 }
}
`;
}

async function ip(netns: string, commands: readonly string[]): Promise<void> {
  await run(['ip', '-n', netns, '-batch', '-'], { input: `${commands.join('\n')}\n` });
}
