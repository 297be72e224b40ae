/** Both ends' files compared: each finding with its cause, and without. */
import { describe, expect, test } from 'vitest';
import type { FindingCode } from '../../../src/doctor/codes.ts';
import { proposalsMeet } from '../../../src/doctor/pair/proposals.ts';
import { selectorsMeet } from '../../../src/doctor/pair/selectors.ts';
import { CLEAN, codesOf, connection, pairFindings } from './helpers.ts';

/** The other end of connection `a`. */
function other(changes: Readonly<Record<string, string>> = {}): string {
  let text = `connections {
  hub {
    version = 2
    local_addrs = 192.0.2.1
    remote_addrs = 203.0.113.1
    proposals = default
    dpd_delay = 20s
    rekey_time = 4h
    local { auth = psk
      id = a }
    remote { auth = psk
      id = hub }
    children { net {
      local_ts = 10.1.0.0/16
      remote_ts = 10.0.0.0/16
      rekey_time = 50m
      esp_proposals = default
      start_action = none
    } }
  }
}
`;
  for (const [from, to] of Object.entries(changes)) {
    expect(text).toContain(from);
    text = text.replace(from, to);
  }
  return text;
}

const responderOnly = { config: 'version: 1\nservices: { all: { policy: responder-only } }\n' };
const swanctl = (more: string, child = ''): { swanctl: string } => ({
  swanctl: `connections {${connection('a', '192.0.2.1', more, child)}}\n`,
});

test('two ends that go together: nothing is found', () => {
  expect(pairFindings(other())).toEqual([]);
});

test('of many connections of ours the right one is compared', () => {
  const many = Array.from({ length: 50 }, (_, index) => connection(`c${index}`, `198.51.100.${index}`)).join(
    '',
  );
  const ours = CLEAN.swanctl.replace(
    'connections {',
    `connections {${many}${connection('any', '%any', 'version = 1')}`,
  );
  expect(pairFindings(other(), { swanctl: ours })).toEqual([]);
});

test.each([
  ['their address stands behind ours', '198.51.100.7, 192.0.2.1', '192.0.2.1'],
  ['written otherwise', '::ffff:192.0.2.1', '192.0.2.1'],
  ['ours is a subnet', '192.0.2.9, 192.0.2.0/24', '192.0.2.1'],
  ['theirs is any', '192.0.2.1', '%any'],
  ['theirs is a subnet', '192.0.2.1', '192.0.2.0/30'],
  ['theirs is a name', '192.0.2.1', 'branch.example.net'],
  ['ours is a name', 'branch.example.net', '192.0.2.1'],
])('ends find each other: %s', (_, remote, local) => {
  const ours = swanctl(`remote_addrs = ${remote}`);
  expect(codesOf(pairFindings(other({ 'local_addrs = 192.0.2.1': `local_addrs = ${local}` }), ours))).toEqual(
    [],
  );
});

test.each([
  ['2001:db8::1', '192.0.2.1'],
  ['198.51.100.0/24', '192.0.2.1'],
  ['192.0.2.1', '192.0.2.2-192.0.2.9'],
  ['a.example.net', 'b.example.net'],
])('%s and %s do not', (remote, local) => {
  const ours = swanctl(`remote_addrs = ${remote}`);
  expect(codesOf(pairFindings(other({ 'local_addrs = 192.0.2.1': `local_addrs = ${local}` }), ours))).toEqual(
    ['pair-unmatched'],
  );
});

const CAUSES: readonly (readonly [FindingCode, () => ReturnType<typeof pairFindings>, string])[] = [
  [
    'pair-unmatched',
    () => pairFindings(other({ '192.0.2.1': '192.0.2.77' })),
    'nothing of ours leads to 192.0.2.77, and back to 203.0.113.1',
  ],
  [
    'pair-unmatched',
    () => pairFindings(other({ '203.0.113.1': '203.0.113.77' })),
    'nothing of ours leads to 192.0.2.1, and back to 203.0.113.77',
  ],
  [
    'pair-both-passive',
    () => pairFindings(other(), responderOnly),
    "ours doesn't call (policy: responder-only), theirs has start_action = none",
  ],
  [
    'pair-both-passive',
    () => pairFindings(other(), swanctl('remote_addrs = %any')),
    "ours doesn't call (remote_addrs = %any), theirs has start_action = none",
  ],
  [
    'pair-both-passive',
    () =>
      pairFindings(
        other({ 'start_action = none': 'start_action = start', '203.0.113.1': '%any' }),
        responderOnly,
      ),
    "ours doesn't call (policy: responder-only), theirs has no address to call",
  ],
  [
    'pair-both-active',
    () =>
      pairFindings(
        other({ 'start_action = none': 'start_action = trap' }),
        swanctl('', 'start_action = start'),
      ),
    'start_action = start here and trap there',
  ],
  [
    'pair-equal-lifetimes',
    () => pairFindings(other({ 'rekey_time = 4h': 'rekey_time = 300m' })),
    'rekey_time = 18000s at both ends',
  ],
  [
    'pair-equal-lifetimes',
    () => pairFindings(other({ 'rekey_time = 50m': '' })),
    'rekey_time = 3600s at both ends (child net)',
  ],
  [
    'pair-equal-lifetimes',
    () => pairFindings(other({ 'rekey_time = 4h': 'reauth_time = 9h' }), swanctl('reauth_time = 9h')),
    'reauth_time = 32400s at both ends',
  ],
  ['pair-version', () => pairFindings(other({ 'version = 2': 'version = 1' })), 'version = 2 here, 1 there'],
  [
    'pair-identities',
    () => pairFindings(other({ 'id = a': 'id = moon' })),
    'we expect the identity a, they say moon',
  ],
  [
    'pair-identities',
    () => pairFindings(other({ 'id = a ': '' })),
    'we expect the identity a, they say 192.0.2.1',
  ],
  [
    'pair-identities',
    () => pairFindings(other({ 'id = hub': 'id = sun' })),
    'they expect the identity sun, we say hub',
  ],
  [
    'pair-authentication',
    () => pairFindings(other({ 'local { auth = psk': 'local { auth = pubkey' })),
    'remote { auth = psk } here, pubkey there',
  ],
  [
    'pair-ike-proposals',
    () =>
      pairFindings(
        other({ 'proposals = default': 'proposals = aes256-sha512-modp4096' }),
        swanctl('proposals = aes128-sha256-x25519'),
      ),
    'proposals: aes128-sha256-x25519 here, aes256-sha512-modp4096 there',
  ],
  [
    'pair-esp-proposals',
    () =>
      pairFindings(
        other({ 'esp_proposals = default': 'esp_proposals = aes256gcm16' }),
        swanctl('', 'esp_proposals = aes128gcm16'),
      ),
    'esp_proposals of net: aes128gcm16 here, aes256gcm16 there',
  ],
  [
    'pair-selectors',
    () => pairFindings(other({ 'local_ts = 10.1.0.0/16': 'local_ts = 10.9.0.0/16' })),
    'child net of theirs (10.9.0.0/16 to 10.0.0.0/16) meets none of ours',
  ],
  ['pair-dpd-off', () => pairFindings(other({ 'dpd_delay = 20s': '' })), 'dpd_delay = 0 there'],
];

test.each(CAUSES)('%s', (code, find, what) => {
  const found = find();
  expect(codesOf(found)).toEqual([code]);
  expect(found[0]).toMatchObject({ what, subjects: [code === 'pair-unmatched' ? 'hub' : 'a <-> hub'] });
});

describe('what is fine', () => {
  test.each([
    [
      'we are responder-only and they start',
      () => pairFindings(other({ 'start_action = none': 'start_action = start' }), responderOnly),
    ],
    [
      'our connection starts by itself, theirs not',
      () => pairFindings(other(), { ...responderOnly, ...swanctl('', 'start_action = start') }),
    ],
    [
      'they start and afteryou calls',
      () => pairFindings(other({ 'start_action = none': 'start_action = start' })),
    ],
    [
      'neither rekeys',
      () => pairFindings(other({ 'rekey_time = 4h': 'rekey_time = 0' }), swanctl('rekey_time = 0')),
    ],
    ['both versions', () => pairFindings(other({ 'version = 2': 'version = 0' }))],
    ['any identity', () => pairFindings(other({ 'id = hub': 'id = %any' }))],
    ['a pattern of identities', () => pairFindings(other({ 'id = hub': 'id = *.example' }))],
    [
      'one proposal of several',
      () =>
        pairFindings(
          other({ 'proposals = default': 'proposals = aes256-sha512-modp4096, aes-sha2_256-curve25519' }),
          swanctl('proposals = aes128-sha256-x25519'),
        ),
    ],
    [
      'their selectors are wider',
      () => pairFindings(other({ 'local_ts = 10.1.0.0/16': 'local_ts = 10.0.0.0/8' })),
    ],
  ])('%s', (_, find) => {
    expect(find()).toEqual([]);
  });
});

describe('proposals', () => {
  test.each([
    ['aes128-sha256-x25519', 'aes128-sha256-curve25519', true],
    ['aes-sha-modp1024', 'aes128-sha1-modp1024', true],
    ['aes128-aes256-sha256-sha384-modp2048', 'aes256-sha384-ecp256-modp2048', true],
    ['aes128-sha256-modp2048', 'aes128-sha256-modp3072', false],
    ['aes128-sha256-modp2048', 'aes128-sha384-modp2048', false],
    ['aes128-sha256-modp2048', 'aes256-sha256-modp2048', false],
    ['aes128-sha256-prfsha256-modp2048', 'aes128-sha256-prfsha384-modp2048', false],
    ['aes128-sha256-prfsha256-modp2048', 'aes128-sha256-modp2048', true],
    ['aes256gcm16-prfsha384-ecp384', 'aes256gcm128-prfsha384-ecp384', true],
    ['aes256gcm16-prfsha384-ecp384', 'aes256gcm8-prfsha384-ecp384', false],
    ['aes256gcm-prfsha384-ecp384', 'aes256-sha384-ecp384', false],
  ])('IKE: %s and %s: %s', (a, b, meet) => {
    expect(proposalsMeet([a], [b], 'ike')).toBe(meet);
    expect(proposalsMeet(['3des-md5-modp768', b], [a], 'ike')).toBe(meet);
  });

  test.each([
    ['aes128-sha256', 'aes128-sha256-modp2048', true],
    ['aes128-sha256-modp2048', 'aes128-sha256-modp3072', false],
    ['aes128-sha256-esn', 'aes128-sha256-noesn', true],
    ['aes128-sha256', 'aes128-sha1', false],
  ])('ESP: %s and %s: %s', (a, b, meet) => {
    expect(proposalsMeet([a], [b], 'esp')).toBe(meet);
  });

  test('the default ones may be anything', () => {
    expect(proposalsMeet(null, ['3des-md5-modp768'], 'ike')).toBe(true);
    expect(proposalsMeet(['aes128-sha256-x25519'], ['default'], 'ike')).toBe(true);
  });
});

test.each([
  [['10.0.0.0/24'], ['10.0.0.0/16'], true],
  [['10.0.0.0/24'], ['10.0.1.0/24'], false],
  [['10.0.0.0/24', '10.0.1.0/24'], ['10.0.1.7'], true],
  [['dynamic'], ['10.0.1.0/24'], true],
  [['0.0.0.0/0'], ['10.0.1.0/24'], true],
  [['0.0.0.0/0'], ['2001:db8::/32'], false],
  [['10.0.0.0/24[tcp]'], ['10.0.0.0/24[udp]'], false],
  [['10.0.0.0/24[tcp/80]'], ['10.0.0.0/24[tcp/443]'], false],
  [['10.0.0.0/24[tcp/80]'], ['10.0.0.0/24[tcp]'], true],
  [['10.0.0.0/24[6/http]'], ['10.0.0.0/24[tcp/80]'], true],
  [['10.0.0.0/24[/80]'], ['10.0.0.0/24[%any/80]'], true],
])('traffic selectors %j and %j: %s', (a, b, meet) => {
  expect(selectorsMeet(a, b)).toBe(meet);
  expect(selectorsMeet(b, a)).toBe(meet);
});
