/**
 * Texts that are made to be costly: everything refers to everything, in as many lines as fit. A reader must come to an end of
 * them with a report of every line, in a time that its limits bound and not the product of the counts.
 */
import { describe, expect, test } from 'vitest';
import { CONNECTIONS_MAX } from '../../../src/translate/cisco/assemble.ts';
import type { Dialect } from '../../../src/translate/dialect.ts';
import { TranslateError } from '../../../src/translate/refusals.ts';
import { translate } from '../../../src/translate/translate.ts';

const COUNT = 20_000;
/** Long beyond what any of these takes; a product of two counts would take minutes. */
const TIMEOUT_MS = 60_000;

function repeat(count: number, line: (n: number) => string): string {
  return Array.from({ length: count }, (_, n) => line(n)).join('\n');
}

function host(n: number): string {
  return `198.${18 + (n >> 16)}.${(n >> 8) & 255}.${n & 255}`;
}

const IOS_HEAD = `crypto isakmp policy 1
 encr aes
 authentication pre-share
 group 14
crypto ipsec transform-set T esp-aes esp-sha-hmac
`;
const iosEntry = (n: number): string =>
  `crypto map M ${n + 1} ipsec-isakmp\n set peer ${host(n + 1)}\n set transform-set T\n match address A\n!`;

const IOS_TEXTS: readonly (readonly [string, string])[] = [
  ['many keys', IOS_HEAD + repeat(COUNT, (n) => `crypto isakmp key k${n} address ${host(n + 1)}`)],
  [
    'many wide keys and many peers',
    `${IOS_HEAD}${repeat(COUNT, (n) => `crypto isakmp key k${n} address ${host(n)} 255.255.255.254`)}
${repeat(2_000, iosEntry)}
access-list A permit ip any any
access-list 1 permit any`,
  ],
  [
    'many peers of one long list',
    `${IOS_HEAD}${repeat(5_000, iosEntry)}
ip access-list extended A
${repeat(COUNT, (n) => ` permit ip host ${host(n)} any`)}`,
  ],
  [
    'many remarks and denials',
    `${IOS_HEAD}${repeat(2_000, iosEntry)}
ip access-list extended A
${repeat(COUNT, (n) => ` remark ${n}`)}
${repeat(900, (n) => ` deny ip host ${host(n)} any`)}
 permit ip 10.0.0.0 0.255.255.255 any`,
  ],
  [
    'groups that take in each other',
    `${IOS_HEAD}${iosEntry(1)}
ip access-list extended A
 permit ip object-group G0 object-group G1
${repeat(2_000, (n) => `object-group network G${n}\n${repeat(20, (m) => ` group-object G${(n * 7 + m * 13) % 2_000}`)}`)}`,
  ],
  [
    'many profiles with many identities',
    `crypto ikev2 proposal P
 encryption aes-cbc-256
 integrity sha256
 group 14
crypto ikev2 policy 1
 proposal P
crypto ikev2 keyring K
${repeat(5_000, (n) => ` peer p${n}\n  address ${host(n)} 255.255.255.0\n  pre-shared-key k${n}`)}
crypto ikev2 profile R
 keyring local K
 authentication local pre-share
 authentication remote pre-share
${repeat(5_000, (n) => ` match identity remote address ${host(n)} 255.255.255.0`)}
crypto ipsec profile I
 set ikev2-profile R
${repeat(3_000, (n) => `interface Tunnel${n}\n tunnel source 192.0.2.1\n tunnel mode ipsec ipv4\n tunnel destination ${host(n)}\n tunnel protection ipsec profile I\n!`)}
${repeat(3_000, (n) => `ip route 10.${n >> 8}.${n & 255}.0 255.255.255.0 Tunnel${n}`)}`,
  ],
  [
    'one map on many interfaces',
    `${IOS_HEAD}${repeat(2_000, iosEntry)}
${repeat(5_000, (n) => `interface Vlan${n}\n ip address ${host(n)} 255.255.255.0\n crypto map M\n!`)}
access-list A permit ip any any`,
  ],
  ['one name again and again', repeat(COUNT, () => 'crypto ipsec profile P\n set pfs group14')],
];

const ASA_HEAD = `interface G0
 nameif outside
 ip address 192.0.2.1 255.255.255.0
crypto map M interface outside
crypto ipsec ikev1 transform-set T esp-aes esp-sha-hmac
crypto ikev1 policy 1
 authentication pre-share
`;
const asaEntry = (n: number): string =>
  `crypto map M ${n + 1} match address A\ncrypto map M ${n + 1} set peer ${host(n + 1)}\ncrypto map M ${n + 1} set ikev1 transform-set T`;

const ASA_TEXTS: readonly (readonly [string, string])[] = [
  [
    'many peers of one list',
    `${ASA_HEAD}${repeat(5_000, asaEntry)}\naccess-list A extended permit ip any4 any4`,
  ],
  [
    'many groups and names',
    `${ASA_HEAD}${repeat(3_000, asaEntry)}
${repeat(COUNT, (n) => `name ${host(n)} n${n}`)}
${repeat(3_000, (n) => `tunnel-group ${host(n + 1)} type ipsec-l2l\ntunnel-group ${host(n + 1)} ipsec-attributes\n ikev1 pre-shared-key k${n}`)}
object-group network G
${repeat(COUNT, (n) => ` network-object host n${n}`)}
access-list A extended permit ip object-group G any4`,
  ],
  ['one line again and again', ASA_HEAD + repeat(COUNT, () => 'crypto map M 1 set peer 192.0.2.2')],
  [
    'many interfaces',
    ASA_HEAD +
      repeat(COUNT, (n) => `interface G${n + 1}\n nameif i${n}\n ip address ${host(n)} 255.255.255.0`),
  ],
];

function check(dialect: Dialect, text: string): void {
  const count = text.split('\n').length;
  try {
    const { lines } = translate([{ file: 'a.txt', text }], dialect);
    expect(lines).toHaveLength(count);
    expect(lines.every(({ line }, index) => line === index + 1)).toBe(true);
  } catch (error) {
    if (!(error instanceof TranslateError)) throw error;
    expect(error.issues.length).toBeGreaterThan(0);
  }
}

describe('IOS', () => {
  test.each(IOS_TEXTS)('%s', (_, text) => check('ios', text), TIMEOUT_MS);
});

describe('ASA', () => {
  test.each(ASA_TEXTS)('%s', (_, text) => check('asa', text), TIMEOUT_MS);
});

test(
  `up to ${CONNECTIONS_MAX} connections; one more is refused with a way out`,
  () => {
    const text = (count: number): string =>
      `${ASA_HEAD}${repeat(count, asaEntry)}\naccess-list A extended permit ip any4 any4`;
    const made = translate([{ file: 'a.txt', text: text(CONNECTIONS_MAX) }], 'asa');
    expect(made.gateway.connections).toHaveLength(CONNECTIONS_MAX);
    expect(() => translate([{ file: 'a.txt', text: text(CONNECTIONS_MAX + 1) }], 'asa')).toThrow(
      /more than 10000 connections/,
    );
  },
  TIMEOUT_MS,
);
