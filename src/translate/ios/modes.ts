/**
 * The modes of IOS and IOS-XE that matter here, and what is left out because it has nothing to do with IPsec.
 *
 * Knows names of commands, not what they mean.
 */
import type { Block, ModeRule, ModeTable } from '../blocks.ts';
import type { Ignored } from '../cisco/commands.ts';
import type { SourceLine } from '../source-line.ts';

export type IosMode =
  | 'isakmp-policy'
  | 'keyring'
  | 'isakmp-profile'
  | 'ikev2-proposal'
  | 'ikev2-policy'
  | 'ikev2-keyring'
  | 'ikev2-keyring-peer'
  | 'ikev2-profile'
  | 'transform-set'
  | 'ipsec-profile'
  | 'crypto-map'
  | 'dynamic-map'
  | 'interface'
  | 'access-list'
  | 'object-group'
  | 'unrelated';

const OPENERS: Readonly<Record<Exclude<IosMode, 'ikev2-keyring-peer'>, RegExp>> = {
  'isakmp-policy': /^crypto isakmp policy \d+$/i,
  keyring: /^crypto keyring \S+/i,
  'isakmp-profile': /^crypto isakmp profile \S+/i,
  'ikev2-proposal': /^crypto ikev2 proposal \S+/i,
  'ikev2-policy': /^crypto ikev2 policy \S+/i,
  'ikev2-keyring': /^crypto ikev2 keyring \S+/i,
  'ikev2-profile': /^crypto ikev2 profile \S+/i,
  'transform-set': /^crypto ipsec transform-set \S+/i,
  'ipsec-profile': /^crypto ipsec profile \S+/i,
  'crypto-map': /^crypto map \S+ \d+(?: |$)/i,
  'dynamic-map': /^crypto dynamic-map \S+ \d+/i,
  interface: /^interface \S/i,
  'access-list': /^(?:ip|ipv6) access-list /i,
  'object-group': /^object-group (?:network|service) \S+/i,
  unrelated:
    /^(?:router|line|policy-map|class-map|vlan|route-map|key chain|crypto pki|crypto ca|vrf definition|ip vrf|aaa group|ip dhcp pool|voice|dial-peer|controller|redundancy|track|ip sla|archive|control-plane|zone|zone-pair|parameter-map|flow|event manager|telephony-service|license|call-home|transceiver|bridge-domain|l2vpn|crypto ikev2 authorization|crypto ikev2 client|radius server|tacacs server|mac access-list|class|login|address-family)(?: |$)/i,
};

const RULES: readonly ModeRule[] = [
  { mode: 'ikev2-keyring-peer', within: ['ikev2-keyring'], opens: (line) => /^peer \S+$/i.test(line.text) },
  ...Object.entries(OPENERS).map(([mode, form]) => ({
    mode,
    // Inside an unrelated mode everything is unrelated, but for what can't stand there.
    within: mode === 'unrelated' ? ['', 'unrelated'] : [''],
    opens: (line: SourceLine) => form.test(line.text),
  })),
];

export const IOS_MODES: ModeTable = {
  rules: RULES,
  bangCloses: true,
  isTopPrompt: (mode) => mode === 'config',
};

/** What can only stand at the top, so that a paste without indentation and `exit` is read as it was meant. */
const TOP_ONLY =
  /^(?:crypto (?:isakmp|ikev2|ipsec|keyring|dynamic-map|pki|map \S+ (?:\d|local|isakmp|client))|access-list \S|ip route |ipv6 route |ip access-list |interface |hostname |object-group (?:network|service)|ip nat |router |line (?:con|vty|aux)|version \d)/i;

export interface Placed {
  readonly mode: string;
  /** Null at the top. */
  readonly header: SourceLine | null;
  readonly lines: readonly SourceLine[];
  readonly blocks: readonly Block[];
}

/** All modes below the top, and the lines of the top with those that only seemed to be inside a mode. */
export function sortBlocks(top: Block): {
  readonly lines: readonly SourceLine[];
  readonly blocks: readonly Placed[];
} {
  const lines = [...top.lines];
  const blocks = top.blocks.map((block): Placed => {
    const inside: SourceLine[] = [];
    for (const line of block.lines) (isTopOnly(block, line) ? lines : inside).push(line);
    return { ...block, lines: inside };
  });
  return { lines, blocks };
}

/** A line that is indented belongs to its mode whatever it says. */
function isTopOnly(block: Block, line: SourceLine): boolean {
  return line.indent <= (block.header?.indent ?? 0) && TOP_ONLY.test(line.text);
}

/** Commands of the top that don't bear on who talks IPsec to whom. */
export const UNRELATED: readonly Ignored[] = [
  {
    form: /^(?:no )?(?:version|service|hostname|boot|boot-\w+|logging|enable|aaa|username|user-name|ntp|clock|snmp-server|cdp|lldp|spanning-tree|vtp|scheduler|alias|privilege|prompt|memory|memory-size|mmi|multilink|license|platform|diagnostic|subscriber|ethernet|errdisable|tacacs-server|radius-server|radius|tacacs|exception|process|banner|file|netconf-yang|netconf|restconf|login|security|call-home|software|virtual-service|upgrade|redundancy|mac|mls|vlan|buffers|warm-reboot|dot11|archive|secure|frame-relay|isdn|hw-module|network-clock|no-?ip|default|standby|glbp|vrrp|track|stackwise|switch|port-channel|system|config-register|configuration|terminal|transport|event|key|route-map|tftp-server|ftp-server)(?:[ -]|$)/i,
    why: 'nothing to do with IPsec',
  },
  {
    form: /^(?:no )?(?:ip|ipv6) (?!access-list|route |nat )/i,
    why: 'nothing to do with IPsec',
  },
  {
    form: /^(?:no )?ip nat /i,
    why: 'NAT stays with the host: exempt the traffic of the tunnels there too',
  },
  { form: /^(?:ip|ipv6) route /i, why: 'a route outside the tunnels' },
  { form: /^(?:password encryption aes|key config-key )/i, why: 'how the original stores its keys' },
  { form: /^(?:no )?crypto (?:pki|ca|key) /i, why: 'certificates and their keys are brought by hand' },
  { form: /^crypto isakmp (?:enable|identity address)$/i, why: 'the default here' },
  { form: /^crypto isakmp aggressive-mode disable$/i, why: 'main mode is the default here' },
  { form: /^no crypto isakmp default policy$/i, why: 'the default policies are never used here' },
  {
    form: /^crypto (?:isakmp|ikev2) nat keepalive \d+$/i,
    why: "charon's own keep_alive does it, every 20 s",
  },
  { form: /^no crypto (?:isakmp|ipsec) nat-transparency /i, why: 'NAT traversal is always on here' },
  { form: /^crypto ipsec nat-transparency udp-encapsulation$/i, why: 'NAT traversal is always on here' },
  { form: /^crypto isakmp invalid-spi-recovery$/i, why: 'DPD finds dead SAs' },
  {
    form: /^crypto (?:logging|call admission|engine|mib|ikev2 (?:diagnose|limit|window|cookie-challenge|fragmentation|http-url|certificate-cache|nat|redirect|disconnect-revoked-peers))(?: |$)/i,
    why: 'of the daemon as a whole: see charon in strongswan.conf',
  },
  {
    form: /^crypto ipsec (?:df-bit|fragmentation|security-association replay|optional|nat-transparency)(?: |$)/i,
    why: "the kernel's defaults are kept",
  },
];
