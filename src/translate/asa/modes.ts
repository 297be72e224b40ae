/** The modes of ASA that matter here, and what is left out because it has nothing to do with IPsec. Names only. */
import type { Block, ModeTable } from '../blocks.ts';
import type { Ignored } from '../cisco/commands.ts';
import type { SourceLine } from '../source-line.ts';

export type AsaMode =
  | 'ikev1-policy'
  | 'ikev2-policy'
  | 'ipsec-proposal'
  | 'tunnel-group'
  | 'interface'
  | 'object'
  | 'object-group'
  | 'group-policy'
  | 'unrelated';

const OPENERS: Readonly<Record<AsaMode, RegExp>> = {
  'ikev1-policy': /^(?:crypto ikev1 policy|crypto isakmp policy|isakmp policy) \d+$/i,
  'ikev2-policy': /^crypto ikev2 policy \d+$/i,
  'ipsec-proposal': /^crypto ipsec ikev2 ipsec-proposal \S+$/i,
  'tunnel-group': /^tunnel-group \S+ ipsec-attributes$/i,
  interface: /^interface \S/i,
  object: /^object network \S+$/i,
  'object-group': /^object-group \S+ \S+/i,
  'group-policy': /^group-policy \S+ attributes$/i,
  unrelated:
    /^(?:tunnel-group \S+ (?:general|webvpn|ppp)-attributes|class-map|policy-map|webvpn|crypto (?:ca|key) |crypto ipsec profile |time-range|aaa-server|username \S+ attributes|router |route-map|dynamic-access-policy-record|object service |ldap attribute-map|regex|tls-proxy|failover group|context |xlate|sla monitor|class )/i,
};

export const ASA_MODES: ModeTable = {
  rules: Object.entries(OPENERS).map(([mode, form]) => ({
    mode,
    within: mode === 'unrelated' ? ['', 'unrelated'] : [''],
    opens: (line: SourceLine) => form.test(line.text),
  })),
  bangCloses: true,
  isTopPrompt: (mode) => mode === 'config',
};

/** What can only stand at the top, so that a paste without indentation is read as it was meant. */
const TOP_ONLY =
  /^(?:access-list \S|access-group |crypto (?:map|dynamic-map|ipsec|ikev[12]|isakmp) |tunnel-group |nat \(|route \S|object(?:-group)? network \S|hostname |names$|name \d|interface |group-policy )/i;

export interface Sorted {
  readonly lines: readonly SourceLine[];
  readonly blocks: readonly Block[];
}

/** All modes below the top, and the lines of the top with those that only seemed to be inside a mode. */
export function sortBlocks(top: Block): Sorted {
  const lines = [...top.lines];
  const blocks = top.blocks.map((block): Block => {
    const inside: SourceLine[] = [];
    for (const line of block.lines) {
      const isOutside = line.indent <= (block.header?.indent ?? 0) && TOP_ONLY.test(line.text);
      (isOutside ? lines : inside).push(line);
    }
    return { ...block, lines: inside };
  });
  return { lines, blocks };
}

/** Commands of the top that don't bear on who talks IPsec to whom. */
export const UNRELATED: readonly Ignored[] = [
  {
    form: /^(?:no )?(?:ASA Version|PIX Version|hostname|domain-name|enable|passwd|password|names|xlate|firewall|boot|ftp|clock|dns|dns-group|same-security-traffic|pager|logging|mtu|failover|monitor-interface|icmp|asdm|arp|timeout|dynamic-access-policy-record|user-identity|aaa|aaa-server|http|snmp-server|service|telnet|ssh|console|management-access|threat-detection|ntp|ssl|webvpn|username|prompt|call-home|class-map|policy-map|service-policy|privilege|banner|dhcpd|dhcprelay|tftp-server|url-|smart-tunnel|ipv6|ip|jumbo-frame|license|module|no|quota|router|sysopt|cluster|access-group|global|static|auth-prompt|eject|flow-export|fragment|hpm|ldap|mac-address|mroute|multicast-routing|nve|pim|port-channel|priority-queue|sla|terminal|track|vpdn|vpnclient|zone|compression|cts|coredump|crashinfo|configure|checkheaps|group-policy \S+ (?:internal|external)|tunnel-group-map|vpn-|vpnsetup|wccp|write|app-agent|event|smtp-server|key|profile|hpm)(?:[ -]|$)/i,
    why: 'nothing to do with IPsec',
  },
  { form: /^nat \(/i, why: 'NAT stays with the host: exempt the traffic of the tunnels there too' },
  { form: /^route \S/i, why: 'a route outside the tunnels' },
  { form: /^crypto (?:ca|key) /i, why: 'certificates and their keys are brought by hand' },
  {
    form: /^(?:crypto )?isakmp (?:enable|identity (?:auto|address)|nat-traversal|disconnect-notify)/i,
    why: 'the default here',
  },
  { form: /^crypto ikev[12] enable \S+(?: .*)?$/i, why: 'charon listens at all addresses' },
  {
    form: /^(?:no )?crypto ikev1 (?:am-disable|limit|ipsec-over-tcp)/i,
    why: 'main mode and UDP are the defaults here',
  },
  { form: /^crypto isakmp am-disable$/i, why: 'main mode is the default here' },
  {
    form: /^crypto (?:engine|ikev2 (?:limit|cookie-challenge|fragmentation|notify|remote-access|redirect)|ipsec (?:security-association (?:pmtu-aging|replay)|df-bit|fragmentation|inner-routing-lookup))(?: |$)/i,
    why: "of the daemon as a whole: charon's and the kernel's defaults are kept",
  },
  {
    form: /^tunnel-group \S+ type (?:remote-access|webvpn|ipsec-ra)$/i,
    why: 'remote access is no part of a translation',
  },
];
