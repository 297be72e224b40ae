/** Interfaces of IOS as far as tunnels need them: addresses, crypto maps, tunnels, and the routes into these. */
import { checked, command, type Fact, type Forms, newFact, numberIn } from '../cisco/commands.ts';
import { hostNetwork, maskNetwork, prefixNetwork, prefixOfMask } from '../cisco/networks.ts';
import type { Read } from '../cisco/selectors.ts';
import type { SourceLine } from '../source-line.ts';
import type { Interface, TunnelRoute } from './facts.ts';

export function newInterface(at: SourceLine): Interface {
  return {
    ...newFact(at),
    name: interfaceName(at.words.slice(1, at.words[2]?.match(/^[\d/.:]+$/) ? 3 : 2).join('')),
    addresses: [],
    cryptoMaps: [],
    unnumbered: null,
    mtu: null,
    vrf: null,
    tunnelSource: null,
    tunnelDestination: null,
    tunnelMode: null,
    protection: null,
    isShut: false,
  };
}

const SHORT_NAMES: readonly [RegExp, string][] = [
  [/^gi(?:g\w*)?(?=\d)/i, 'GigabitEthernet'],
  [/^te(?:n\w*)?(?=\d)/i, 'TenGigabitEthernet'],
  [/^fa(?:s\w*)?(?=\d)/i, 'FastEthernet'],
  [/^lo(?:o\w*)?(?=\d)/i, 'Loopback'],
  [/^tu(?:n\w*)?(?=\d)/i, 'Tunnel'],
  [/^vi(?:rtual-t\w*)(?=\d)/i, 'Virtual-Template'],
  [/^vl(?:a\w*)?(?=\d)/i, 'Vlan'],
  [/^di(?:a\w*)?(?=\d)/i, 'Dialer'],
];

/** `Gi0/0` and `gigabitEthernet0/0` are one interface. */
export function interfaceName(text: string): string {
  for (const [form, name] of SHORT_NAMES) if (form.test(text)) return text.replace(form, name);
  return text;
}

export function isTunnel({ name }: Interface): boolean {
  return /^(?:Tunnel|Virtual-Template)\d+$/.test(name);
}

export const INTERFACE: Forms<Interface> = {
  commands: [
    checked(
      /^ip address (?<address>\S+) (?<mask>\S+)(?: secondary)?$/i,
      (into, { address = '', mask = '' }) => {
        const prefix = prefixOfMask(mask);
        if (hostNetwork(address) === null || prefix === null) return 'no address with a mask';
        into.addresses.push(`${address}/${prefix}`);
        return undefined;
      },
    ),
    checked(/^ipv6 address (?<address>[\da-f:]+\/\d+)(?: eui-64| anycast)?$/i, (into, { address = '' }) => {
      if (prefixNetwork(address) === null) return 'no IPv6 address with a prefix length';
      into.addresses.push(address.toLowerCase());
      return undefined;
    }),
    command(/^ip unnumbered (?<name>\S+)$/i, (into, { name = '' }) => {
      into.unnumbered = interfaceName(name);
    }),
    checked(/^(?:ip )?mtu (?<mtu>\d+)$/i, (into, { mtu }) => {
      const value = numberIn(mtu, 68, 17_940);
      if (value === null) return 'the MTU must be 68..17940';
      into.mtu = value;
      return undefined;
    }),
    command(/^(?:ip vrf|vrf) forwarding (?<vrf>\S+)$/i, (into, { vrf = '' }) => {
      into.vrf = vrf;
    }),
    checked(/^crypto map (?<name>\S+)(?<redundancy> redundancy .+)?$/i, (into, groups, line) => {
      const isPlain = groups['redundancy'] === undefined;
      into.cryptoMaps.push({ name: groups['name'] ?? '', line: isPlain ? line : null });
      return isPlain
        ? undefined
        : 'the tunnels end at the address of the standby group: set local_addrs and local.id to that';
    }),
    command(
      /^tunnel source (?<source>\S+)(?: (?<number>[\d/.]+))?$/i,
      (into, { source = '', number = '' }) => {
        into.tunnelSource = interfaceName(`${source}${number}`);
      },
    ),
    command(/^tunnel destination (?<destination>\S+)$/i, (into, { destination = '' }) => {
      into.tunnelDestination = destination.toLowerCase() === 'dynamic' ? null : destination;
    }),
    checked(/^tunnel mode (?<mode>\S.*)$/i, (into, { mode = '' }) => {
      const modes = { 'ipsec ipv4': 'ipsec', 'ipsec ipv6': 'ipsec-v6', 'gre ip': 'gre', gre: 'gre' } as const;
      const known = Object.entries(modes).find(([name]) => name === mode.toLowerCase());
      if (known === undefined)
        return `no counterpart of tunnel mode ${mode}: use ipsec or gre between two routers`;
      into.tunnelMode = known[1];
      return undefined;
    }),
    command(/^tunnel protection ipsec profile (?<name>\S+)(?: shared)?$/i, (into, { name = '' }) => {
      into.protection = name;
    }),
    command(/^shutdown$/i, (into) => {
      into.isShut = true;
    }),
    command(/^description .*$/i, () => {}),
  ],
  ignored: [
    { form: /^ip nat /i, why: 'NAT stays with the host: exempt the traffic of the tunnels there too' },
    {
      form: /^tunnel (?:vrf|key|path-mtu-discovery|ttl|tos|checksum|bandwidth)(?: |$)/i,
      why: 'no counterpart; the default is kept',
    },
    {
      form: /^(?:no |ip |ipv6 |duplex|speed|negotiation|media-type|shutdown|load-interval|keepalive|standby|cdp|lldp|service-policy|bandwidth|delay|encapsulation|switchport|channel-group|arp|mac-address|carrier-delay|hold-queue|dialer|ppp|pppoe|zone-member|xconnect|vrrp|spanning-tree|snmp|logging|mpls|cpu|lacp|storm-control|macro|isis|ospf|bfd|ntp|power|clock|logging|autostate|virtual-reassembly|if-state)(?:.*)$/i,
      why: 'of the interface itself, which the host sets up',
    },
  ],
};

const ROUTE_IPV4 =
  /^ip route (?:vrf \S+ )?(?<address>\d\S*) (?<mask>\d\S*) (?<name>(?:tunnel|tu)\s?\d+)(?: .*)?$/i;
const ROUTE_IPV6 = /^ipv6 route (?:vrf \S+ )?(?<prefix>\S+\/\d+) (?<name>(?:tunnel|tu)\s?\d+)(?: .*)?$/i;

/** A route whose way out is a tunnel; null: it is no such line. */
export function readTunnelRoute(line: SourceLine): Read<TunnelRoute & Fact> | null {
  const found = (ROUTE_IPV4.exec(line.text) ?? ROUTE_IPV6.exec(line.text))?.groups;
  if (found === undefined) return null;
  const { address = '', mask = '', prefix, name = '' } = found;
  const network = prefix === undefined ? maskNetwork(address, mask) : prefixNetwork(prefix);
  if (network === null) return { ok: false, why: 'no network, or a mask with gaps' };
  return {
    ok: true,
    value: { ...newFact(line), network, interfaceName: interfaceName(name.replace(/\s/g, '')) },
  };
}
