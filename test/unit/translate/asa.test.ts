/** ASA: what each command becomes, and what can't be translated and why. */
import { describe, expect, test } from 'vitest';
import { PEERS_MAX } from '../../../src/translate/asa/ipsec-forms.ts';
import { type Translation, translate } from '../../../src/translate/translate.ts';
import { connectionsOf, selectorsOf, settingIn, verdictOn } from './helpers.ts';

const CONNECTIONS = 'swanctl-connections.conf';

function asa(text: string): Translation {
  return translate([{ file: 'input.txt', text }], 'asa');
}

function missed(text: string): readonly string[] {
  return asa(text).lines.flatMap(({ verdict, text: line, detail }) =>
    verdict === 'not-understood' ? [`${line}: ${detail}`] : [],
  );
}

interface Parts {
  readonly map?: readonly string[];
  readonly list?: readonly string[];
  readonly group?: readonly string[];
  readonly more?: readonly string[];
}

const PEER = 'set peer 192.0.2.2';
const IKEV2 = 'set ikev2 ipsec-proposal AES';
const IKEV1 = 'set ikev1 transform-set ESP';
const MATCH = 'match address LIST';

/** A gateway with one entry; each part may be exchanged. */
function gateway(parts: Parts = {}): string {
  const map = parts.map ?? [MATCH, PEER, IKEV2];
  const list = parts.list ?? ['extended permit ip 10.1.0.0 255.255.0.0 10.2.0.0 255.255.0.0'];
  const group = parts.group ?? [
    'ikev1 pre-shared-key one',
    'ikev2 remote-authentication pre-shared-key example',
    'ikev2 local-authentication pre-shared-key example',
  ];
  return [
    'interface GigabitEthernet0/0',
    ' nameif outside',
    ' ip address 192.0.2.1 255.255.255.0',
    '!',
    ...(parts.more ?? []),
    ...list.map((line) => `access-list LIST ${line}`),
    'crypto ipsec ikev1 transform-set ESP esp-aes esp-sha-hmac',
    'crypto ipsec ikev2 ipsec-proposal AES',
    ' protocol esp encryption aes-256',
    ' protocol esp integrity sha-256',
    ...map.map((line) => `crypto map M 10 ${line}`),
    'crypto map M interface outside',
    'crypto ikev2 policy 1',
    ' encryption aes-256',
    ' integrity sha256',
    ' group 14',
    ' prf sha256',
    'crypto ikev1 policy 10',
    ' authentication pre-share',
    ' encryption aes',
    ' hash sha',
    ' group 14',
    'tunnel-group 192.0.2.2 type ipsec-l2l',
    'tunnel-group 192.0.2.2 ipsec-attributes',
    ...group.map((line) => ` ${line}`),
    '!',
    '',
  ].join('\n');
}

describe('connection-type', () => {
  test.each([
    ['answer-only', { policy: 'responder-only', noRekey: true }],
    ['originate-only', { policy: 'initiator-only' }],
    ['bidirectional', { policy: 'windowed' }],
  ])('%s', (type, expected) => {
    const line = `set connection-type ${type}`;
    const translation = asa(gateway({ map: [MATCH, PEER, IKEV2, line] }));
    expect(translation.gateway.services[0]).toMatchObject(expected);
    const rekeys = type !== 'answer-only';
    expect(translation.gateway.connections[0]?.settings.rekeys).toBe(rekeys);
    expect(translation.gateway.connections[0]?.children[0]?.settings.rekeys).toBe(rekeys);
    expect(verdictOn(translation, `crypto map M 10 ${line}`)).toBe('carried: afteryou.yaml services.M');
  });

  test('without one it is bidirectional', () => {
    expect(asa(gateway()).gateway.services[0]?.policy).toBe('windowed');
  });

  test('another word is not understood', () => {
    const map = [MATCH, PEER, IKEV2, 'set connection-type sometimes'];
    expect(missed(gateway({ map }))).toEqual(['crypto map M 10 set connection-type sometimes: ']);
  });

  test.each([
    ['originate-only', 'paused'],
    ['bidirectional', 'responder-only'],
    ['answer-only', undefined],
  ])('the peers behind the first, %s', (type, policy) => {
    const map = [MATCH, 'set peer 192.0.2.2 192.0.2.3', IKEV2, `set connection-type ${type}`];
    const { gateway: made } = asa(gateway({ map }));
    expect(made.connections.map(({ name }) => name)).toEqual(['M-192-0-2-2', 'M-192-0-2-3']);
    expect(made.services[0]?.peers.get('M-192-0-2-3')?.policy).toBe(policy);
  });

  test('what a service has and a peer of it has not is said', () => {
    const text = gateway({ map: [MATCH, PEER, IKEV2, 'set connection-type answer-only'] }).replace(
      'crypto map M interface',
      'crypto map M 5 match address LIST\ncrypto map M 5 set peer 192.0.2.9\ncrypto map M 5 set ikev2 ipsec-proposal AES\ncrypto map M 5 set connection-type answer-only\ncrypto map M 20 match address LIST\ncrypto map M 20 set peer 192.0.2.4\ncrypto map M 20 set ikev2 ipsec-proposal AES\ncrypto map M interface',
    );
    expect(asa(text).files.get('afteryou.yaml')).toMatch(
      /policy: responder-only\n {4}no-rekey: true\n {4}peers:\n {6}M-192-0-2-4:\n {8}policy: windowed\n {8}no-rekey: false/,
    );
  });
});

describe('versions', () => {
  test('of both, IKEv2 is taken, and the lines of IKEv1 say so', () => {
    const translation = asa(gateway({ map: [MATCH, PEER, IKEV1, IKEV2] }));
    expect(settingIn(translation, CONNECTIONS, 'version')).toBe('2');
    expect(verdictOn(translation, `crypto map M 10 ${IKEV1}`)).toBe('dropped: IKEv2 is used with 192.0.2.2');
    expect(translation.notes.map(({ text }) => text).join()).toContain('IKEv1 and IKEv2 with 192.0.2.2');
  });

  test('IKEv1 where the tunnel group has a key for that alone', () => {
    const translation = asa(
      gateway({ map: [MATCH, PEER, IKEV1, IKEV2], group: ['ikev1 pre-shared-key one'] }),
    );
    expect(settingIn(translation, CONNECTIONS, 'version')).toBe('1');
    expect(translation.gateway.secrets).toMatchObject([{ ids: ['192.0.2.2'], value: 'one' }]);
  });

  test('aggressive mode', () => {
    const map = [MATCH, PEER, IKEV1, 'set ikev1 phase1-mode aggressive group2'];
    expect(settingIn(asa(gateway({ map })), CONNECTIONS, 'aggressive')).toBe('yes');
  });
});

describe('tunnel groups', () => {
  test('different keys for the two directions', () => {
    const group = [
      'ikev2 remote-authentication pre-shared-key theirs',
      'ikev2 local-authentication pre-shared-key ours',
    ];
    expect(asa(gateway({ group })).gateway.secrets).toMatchObject([
      { ids: ['192.0.2.1', '192.0.2.2'], value: 'ours' },
      { ids: ['192.0.2.2'], value: 'theirs' },
    ]);
  });

  test.each([
    ['*****', /hides the key/],
    ['8 kB0w', /encrypted/],
    ['hex 00aa', /hexadecimal/],
  ])('a key that is %s must be put in by hand', (key, why) => {
    const group = [
      `ikev2 remote-authentication pre-shared-key ${key}`,
      `ikev2 local-authentication pre-shared-key ${key}`,
    ];
    expect(
      asa(gateway({ group }))
        .unfinished.map(({ text }) => text)
        .join(),
    ).toMatch(why);
  });

  test('a certificate at one end', () => {
    const group = [
      'ikev2 remote-authentication certificate',
      'ikev2 local-authentication pre-shared-key ours',
    ];
    const translation = asa(gateway({ group }));
    expect(translation.gateway.connections[0]?.settings).toMatchObject({
      localAuth: { kind: 'psk' },
      remoteAuth: { kind: 'certificate' },
    });
    expect(translation.gateway.secrets).toHaveLength(1);
    expect(translation.unfinished).toHaveLength(1);
  });

  test('DefaultL2LGroup is for those that have none of their own', () => {
    const text = gateway().replaceAll('tunnel-group 192.0.2.2', 'tunnel-group DefaultL2LGroup');
    expect(asa(text).gateway.secrets).toMatchObject([{ ids: ['192.0.2.2'], value: 'example' }]);
  });

  test('DPD that is off is on here, with a note', () => {
    const translation = asa(
      gateway({ group: ['ikev2 local-authentication pre-shared-key x', 'isakmp keepalive disable'] }),
    );
    expect(settingIn(translation, CONNECTIONS, 'dpd_delay')).toBe('30s');
    expect(translation.notes.map(({ text }) => text).join()).toContain('DPD off for 192.0.2.2');
  });

  test.each([
    ['isakmp keepalive threshold 10 retry 2', '10s'],
    ['isakmp keepalive threshold 3600 retry 10', '3600s'],
  ])('%s', (line, delay) => {
    expect(settingIn(asa(gateway({ group: [line] })), CONNECTIONS, 'dpd_delay')).toBe(delay);
  });

  test.each([
    'isakmp keepalive threshold 9',
    'isakmp keepalive threshold 3601',
    'isakmp keepalive threshold 20 retry 11',
  ])('not: %s', (line) => {
    expect(missed(gateway({ group: [line] }))).toEqual([`${line}: the seconds must be 10..3600 and 2..10`]);
  });
});

describe('entries', () => {
  test.each([
    [[PEER, IKEV2], 'the entry has no access list'],
    [[MATCH, IKEV2], 'the entry has no peer'],
    [[MATCH, PEER], 'the entry has no transform-set and no ipsec-proposal'],
    [
      [MATCH, 'set peer gw.example.net', IKEV2],
      'names of hosts are not looked up: write the addresses of the peers',
    ],
    [
      [MATCH, PEER, 'set ikev2 ipsec-proposal OTHER'],
      'there is no ikev2 ipsec-proposal OTHER that is understood',
    ],
    [
      [MATCH, PEER, 'set ikev1 transform-set OTHER'],
      'there is no ipsec transform-set OTHER that is understood',
    ],
    [['match address OTHER', PEER, IKEV2], 'there is no access list OTHER'],
  ])('that lack something: %j', (map, why) => {
    expect(missed(gateway({ map }))[0]).toBe(`crypto map M 10 ${map[0] ?? ''}: ${why}`);
  });

  test(`have up to ${PEERS_MAX} peers`, () => {
    const peers = (count: number): string =>
      `set peer ${Array.from({ length: count }, (_, n) => `192.0.2.${n + 2}`).join(' ')}`;
    expect(asa(gateway({ map: [MATCH, peers(PEERS_MAX), IKEV2] })).gateway.connections).toHaveLength(
      PEERS_MAX,
    );
    expect(missed(gateway({ map: [MATCH, peers(PEERS_MAX + 1), IKEV2] })).join()).toContain(
      `at most ${PEERS_MAX} peers are possible`,
    );
  });

  test('a dynamic map is for whoever calls', () => {
    const text = gateway()
      .replaceAll('crypto map M 10 match', 'crypto dynamic-map D 10 match')
      .replace('crypto map M 10 set ikev2', 'crypto dynamic-map D 10 set ikev2')
      .replace(`crypto map M 10 ${PEER}`, 'crypto map M 10 ipsec-isakmp dynamic D');
    expect(asa(text).gateway.connections).toMatchObject([
      { name: 'M-any-10', remoteAddresses: ['%any'], remoteId: null },
    ]);
  });

  test('PFS, lifetimes and volumes', () => {
    const map = [
      MATCH,
      PEER,
      IKEV2,
      'set pfs group19',
      'set security-association lifetime seconds 600 kilobytes 1000',
    ];
    const text = connectionsOf(asa(gateway({ map })));
    expect(text).toContain('esp_proposals = aes256-sha256-ecp256');
    expect(text).toContain(
      'rekey_time = 540s\n  life_time = 600s\n  rekey_bytes = 921600\n  life_bytes = 1024000',
    );
  });

  test('what is not known stays visible', () => {
    expect(
      missed(gateway({ map: [MATCH, PEER, IKEV2, 'set frobnication on'], more: ['crypto frobnicate'] })),
    ).toEqual(['crypto frobnicate: ', 'crypto map M 10 set frobnication on: ']);
  });
});

describe('access lists and objects', () => {
  const objects = [
    'name 10.7.0.1 printer',
    'object network LAN',
    ' subnet 10.1.0.0 255.255.0.0',
    'object network SIX',
    ' subnet 2001:db8::/32',
    'object-group network FAR',
    ' network-object host printer',
    ' network-object 10.8.0.0 255.255.255.0',
    ' group-object FARTHER',
    'object-group network FARTHER',
    ' network-object object LAN',
    'object-group service WEB tcp',
    ' port-object eq https',
    ' port-object range 8000 8080',
  ];

  test.each([
    [
      'extended permit ip object LAN object-group FAR',
      ['10.1.0.0/16 10.7.0.1/32', '10.1.0.0/16 10.8.0.0/24', '10.1.0.0/16 10.1.0.0/16'],
    ],
    [
      'extended permit tcp object LAN host printer object-group WEB',
      ['10.1.0.0/16[tcp/] 10.7.0.1/32[tcp/443]', '10.1.0.0/16[tcp/] 10.7.0.1/32[tcp/8000-8080]'],
    ],
    ['extended permit ip any4 host 10.2.0.1', ['0.0.0.0/0 10.2.0.1/32']],
    ['extended permit ip any object SIX', ['::/0 2001:db8::/32']],
    [
      'line 3 extended permit udp host 10.1.0.1 eq domain any4 log debugging interval 300',
      ['10.1.0.1/32[udp/53] 0.0.0.0/0[udp/]'],
    ],
  ])('%s', (line, expected) => {
    const translation = asa(gateway({ list: [line], more: objects }));
    expect(selectorsOf(translation)).toEqual(expected);
  });

  test.each([
    ['extended permit ip object LAN object NOWHERE', /no network object NOWHERE/],
    ['extended permit ip object LAN interface outside', /is no address with a mask/],
    ['extended permit ip any4 any6', /different families/],
    ['extended permit object-group WEB any any', /the protocol 'object-group' is not known here/],
  ])('not: %s', (line, why) => {
    expect(missed(gateway({ list: [line], more: objects })).join('\n')).toMatch(why);
  });

  test('a name is carried when it is used', () => {
    const list = ['extended permit ip object LAN object-group FAR'];
    expect(verdictOn(asa(gateway({ list, more: objects })), 'name 10.7.0.1 printer')).toMatch(/^carried/);
    expect(verdictOn(asa(gateway({ more: ['name 10.7.0.1 printer'] })), 'name 10.7.0.1 printer')).toMatch(
      /^dropped/,
    );
  });

  test('inactive lines are not there', () => {
    const list = [
      'extended permit ip 10.1.0.0 255.255.0.0 host 10.9.0.1 inactive',
      'extended permit ip 10.1.0.0 255.255.0.0 10.2.0.0 255.255.0.0',
    ];
    expect(selectorsOf(asa(gateway({ list })))).toEqual(['10.1.0.0/16 10.2.0.0/16']);
  });
});

test('a filter of a group policy must not be lost silently', () => {
  const more = ['group-policy P attributes', ' vpn-filter value SOME-LIST', ' vpn-idle-timeout none', '!'];
  expect(missed(gateway({ more }))).toEqual([
    'vpn-filter value SOME-LIST: a filter of what comes out of the tunnels: put it into nftables',
  ]);
});

test('tunnel interfaces of an ASA are not translated', () => {
  const more = ['interface Tunnel1', ' nameif vti', ' tunnel source interface outside', '!'];
  expect(missed(gateway({ more })).join()).toContain('tunnel interfaces of ASA are not translated');
});
