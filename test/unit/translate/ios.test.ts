/** IOS and IOS-XE: what each command becomes, and what can't be translated and why. */
import { describe, expect, test } from 'vitest';
import { SELECTORS_MAX } from '../../../src/translate/cisco/access-list.ts';
import { GROUP_NETWORKS_MAX } from '../../../src/translate/cisco/object-groups.ts';
import { PAIRS_MAX } from '../../../src/translate/cisco/selectors.ts';
import { PEERS_MAX } from '../../../src/translate/ios/ipsec.ts';
import { type Translation, translate } from '../../../src/translate/translate.ts';
import { connectionsOf, selectorsOf, settingIn, verdictOn } from './helpers.ts';

const FILE = 'input.txt';
const CONNECTIONS = 'swanctl-connections.conf';

function ios(text: string): Translation {
  return translate([{ file: FILE, text }], 'ios');
}

function verdicts(text: string): readonly string[] {
  return ios(text).lines.flatMap(({ verdict, text: line, detail }) =>
    verdict === 'not-understood' ? [`${line}: ${detail}`] : [],
  );
}

/** A crypto map with one peer; the parts may be exchanged. */
function cryptoMap(
  parts: { readonly entry?: string; readonly list?: string; readonly more?: string } = {},
): string {
  const entry = parts.entry ?? ' set peer 192.0.2.2\n set transform-set ESP\n match address 110';
  const list = parts.list ?? 'access-list 110 permit ip 10.1.0.0 0.0.255.255 10.2.0.0 0.0.255.255';
  return `crypto isakmp policy 10
 encr aes 256
 authentication pre-share
 group 14
crypto isakmp key example address 192.0.2.2
crypto ipsec transform-set ESP esp-aes esp-sha-hmac
crypto map WAN 10 ipsec-isakmp
${entry}
interface GigabitEthernet0/0
 ip address 192.0.2.1 255.255.255.0
 crypto map WAN
${list}
${parts.more ?? ''}`;
}

/** A tunnel interface with its profile. */
function tunnel(lines: string, profile = ''): string {
  return `crypto isakmp policy 10
 encr aes
 authentication pre-share
 group 14
crypto isakmp key example address 192.0.2.2
crypto ipsec transform-set ESP esp-aes esp-sha-hmac
 mode transport
crypto ipsec profile VTI
 set transform-set ESP
${profile}
interface GigabitEthernet0/0
 ip address 192.0.2.1 255.255.255.0
interface Tunnel7
 tunnel source GigabitEthernet0/0
 tunnel destination 192.0.2.2
 tunnel protection ipsec profile VTI
${lines}
`;
}

describe('responder-only', () => {
  test('neither calls nor rekeys: policy, rekey_time of IKE and child', () => {
    const translation = ios(tunnel(' tunnel mode ipsec ipv4', ' responder-only'));
    expect(translation.gateway.services).toMatchObject([{ policy: 'responder-only', noRekey: true }]);
    expect(connectionsOf(translation).match(/rekey_time = .*/g)).toEqual([
      'rekey_time = 0',
      'rekey_time = 0',
    ]);
    expect(verdictOn(translation, 'responder-only')).toContain('afteryou.yaml services.VTI');
  });

  test('without it a tunnel waits and then calls, and rekeys', () => {
    const translation = ios(tunnel(' tunnel mode ipsec ipv4'));
    expect(translation.gateway.services[0]?.policy).toBe('windowed');
    expect(settingIn(translation, CONNECTIONS, 'rekey_time')).toBe('77760s');
  });

  test('is no command of a crypto map, which gets a note', () => {
    const entry = ' set peer 192.0.2.2\n set transform-set ESP\n match address 110\n responder-only';
    expect(verdicts(cryptoMap({ entry }))).toEqual(['responder-only: ']);
    expect(ios(cryptoMap()).notes.map(({ text }) => text)).toContainEqual(
      expect.stringContaining('responder-only is possible there for tunnel interfaces alone'),
    );
  });
});

describe('tunnel interfaces', () => {
  test('of mode ipsec: any to any, tunnel mode whatever the transform set says, if_id and XFRM interface', () => {
    const translation = ios(
      tunnel(
        ' tunnel mode ipsec ipv4\n ip address 10.255.0.1 255.255.255.252\n ip mtu 1400\nip route 10.2.0.0 255.255.0.0 Tunnel7\nip route 10.3.0.0 255.255.0.0 192.0.2.9',
      ),
    );
    expect(selectorsOf(translation)).toEqual(['0.0.0.0/0 0.0.0.0/0']);
    expect(connectionsOf(translation)).toContain('if_id_in = 1');
    expect(connectionsOf(translation)).not.toContain('transport');
    expect(translation.files.get('tunnel7.netdev')).toMatch(
      /Kind=xfrm[\s\S]*MTUBytes=1400[\s\S]*InterfaceId=1\nIndependent=yes/,
    );
    expect(translation.files.get('tunnel7.network')).toMatch(
      /Address=10\.255\.0\.1\/30[\s\S]*Destination=10\.2\.0\.0\/16\n$/,
    );
    expect(verdictOn(translation, 'ip route 10.3.0.0 255.255.0.0 192.0.2.9')).toBe(
      'dropped: a route outside the tunnels',
    );
  });

  test('of mode gre, which is the default: only GRE between the ends, and a GRE interface', () => {
    const translation = ios(tunnel(''));
    expect(selectorsOf(translation)).toEqual(['dynamic[gre/] dynamic[gre/]']);
    expect(connectionsOf(translation)).toContain('mode = transport');
    expect(connectionsOf(translation)).not.toContain('if_id');
    expect(translation.files.get('tunnel7.netdev')).toMatch(
      /Kind=gre[\s\S]*Local=192\.0\.2\.1\nRemote=192\.0\.2\.2/,
    );
  });

  test('over IPv6: the address of the family of the destination', () => {
    const text = tunnel(' tunnel mode ipsec ipv6')
      .replace('tunnel destination 192.0.2.2', 'tunnel destination 2001:db8::2')
      .replace(
        'ip address 192.0.2.1 255.255.255.0',
        'ip address 192.0.2.1 255.255.255.0\n ipv6 address 2001:db8::1/64',
      );
    const { gateway } = ios(text);
    expect(gateway.connections[0]).toMatchObject({
      localAddress: '2001:db8::1',
      remoteAddresses: ['2001:db8::2'],
    });
    expect(selectorsOf(ios(text))).toEqual(['::/0 ::/0']);
  });

  test.each([
    [' tunnel mode gre multipoint', /no counterpart of tunnel mode gre multipoint/],
    [' tunnel destination dynamic', /a tunnel destination that is an address is needed/],
    [' tunnel protection ipsec profile OTHER', /there is no crypto ipsec profile OTHER/],
  ])('not with%s', (line, why) => {
    expect(verdicts(tunnel(line)).join('\n')).toMatch(why);
  });

  test('a virtual template stands for peers that only call', () => {
    const text = tunnel(' tunnel mode ipsec ipv4')
      .replace('interface Tunnel7', 'interface Virtual-Template7 type tunnel')
      .replace(' tunnel destination 192.0.2.2\n', '');
    const { gateway } = ios(text);
    expect(gateway.connections).toMatchObject([
      { name: 'VTI-Virtual-Template7', remoteAddresses: ['%any'], remoteId: null },
    ]);
    expect(gateway.interfaces[0]?.name).toBe('vt7');
  });
});

describe('identities of IKEv2', () => {
  const of = (profile: string, ring: string): Translation =>
    ios(
      tunnel(
        ' tunnel mode ipsec ipv4',
        ` set ikev2-profile P
crypto ikev2 keyring K
 peer A
${ring}
  pre-shared-key example
crypto ikev2 profile P
${profile}
 identity local fqdn hub.example.net
 authentication local pre-share
 authentication remote pre-share
 keyring local K`,
      ),
    );

  test.each([
    [' match identity remote address 192.0.2.2', '  address 192.0.2.2', '192.0.2.2'],
    [' match identity remote fqdn a.example.net', '  address 192.0.2.2', 'a.example.net'],
    [' match identity remote fqdn domain example.net', '  address 0.0.0.0 0.0.0.0', '*.example.net'],
    [' match identity remote email a@example.net', '  identity email a@example.net', 'a@example.net'],
    [' match identity remote key-id branch-7', '  identity key-id branch-7', 'keyid:branch-7'],
    [' match identity remote any', '  address 192.0.2.2\n  identity fqdn b.example.net', 'b.example.net'],
  ])('%j with %j', (profile, ring, remoteId) => {
    const { gateway } = of(profile, ring);
    expect(gateway.connections).toMatchObject([{ localId: 'hub.example.net', remoteId }]);
    expect(gateway.secrets).toMatchObject([{ ids: [remoteId], value: 'example' }]);
  });

  test('one that the text leaves open is pointed out', () => {
    const two = ' match identity remote fqdn a.example.net\n match identity remote fqdn b.example.net';
    const translation = of(two, '  address 192.0.2.2');
    expect(translation.gateway.connections).toMatchObject([{ remoteId: null }]);
    expect(translation.notes.map(({ text }) => text)).toContain(
      "The text doesn't tell one identity of 192.0.2.2: set remote.id in its connection and id in its secret.",
    );
  });
});

test('a tunnel that is shut down is left out', () => {
  const translation = ios(tunnel(' tunnel mode ipsec ipv4\n shutdown'));
  expect(translation.gateway.connections).toEqual([]);
  expect(verdictOn(translation, 'interface Tunnel7')).toBe('dropped: a tunnel that is shut down');
});

describe('crypto maps', () => {
  test('a connection for each peer; the second of an entry may only call', () => {
    const entry =
      ' set peer 192.0.2.2\n set peer 192.0.2.3 default\n set transform-set ESP\n match address 110';
    const { gateway } = ios(cryptoMap({ entry }));
    expect(gateway.connections.map(({ name }) => name)).toEqual(['WAN-192-0-2-3', 'WAN-192-0-2-2']);
    expect(gateway.services[0]?.policy).toBe('windowed');
    expect(gateway.services[0]?.peers.get('WAN-192-0-2-2')).toEqual({ policy: 'responder-only' });
  });

  test('two entries for one peer are one connection: charon would never look into the second', () => {
    const more = `crypto map WAN 20 ipsec-isakmp
 set peer 192.0.2.2
 set transform-set ESP
 match address 120
access-list 120 permit ip 10.1.0.0 0.0.255.255 10.3.0.0 0.0.255.255`;
    const translation = ios(cryptoMap({ more }));
    expect(translation.gateway.connections).toHaveLength(1);
    expect(selectorsOf(translation)).toEqual(['10.1.0.0/16 10.2.0.0/16', '10.1.0.0/16 10.3.0.0/16']);
  });

  test(`up to ${PEERS_MAX} peers`, () => {
    const entry = (count: number): string =>
      [
        ...Array.from({ length: count }, (_, n) => ` set peer 192.0.2.${n + 2}`),
        ' set transform-set ESP',
        ' match address 110',
      ].join('\n');
    expect(verdicts(cryptoMap({ entry: entry(PEERS_MAX) }))).toEqual([]);
    expect(verdicts(cryptoMap({ entry: entry(PEERS_MAX + 1) }))).toEqual([
      `set peer 192.0.2.${PEERS_MAX + 2}: at most ${PEERS_MAX} peers are possible`,
    ]);
  });

  test.each([
    [' set transform-set ESP\n match address 110', 'the entry has no peer'],
    [' set peer 192.0.2.2\n set transform-set ESP', 'the entry has no access list'],
    [' set peer 192.0.2.2\n set transform-set ESP\n match address 99', 'there is no access list 99'],
    [
      ' set peer 192.0.2.2\n set transform-set NONE\n match address 110',
      'there is no crypto ipsec transform-set NONE that is understood',
    ],
    [
      ' set peer 192.0.2.2\n set transform-set ESP\n match address 110\n set isakmp-profile P',
      'there is no crypto isakmp profile P',
    ],
    [
      ' set peer 192.0.2.2\n set transform-set ESP\n match address 110\n set ikev2-profile P',
      'there is no crypto ikev2 profile P',
    ],
  ])('an entry that lacks something is not understood: %j', (entry, why) => {
    expect(verdicts(cryptoMap({ entry }))).toEqual([`crypto map WAN 10 ipsec-isakmp: ${why}`]);
  });

  test('with redundancy the address is that of the standby group, which must be set by hand', () => {
    const text = cryptoMap().replace(
      ' crypto map WAN\n',
      ' standby 1 ip 192.0.2.9\n crypto map WAN redundancy HA\n',
    );
    expect(verdicts(text)).toEqual([
      'crypto map WAN redundancy HA: the tunnels end at the address of the standby group: set local_addrs and local.id to that',
    ]);
    expect(ios(text).gateway.connections).toHaveLength(1);
  });

  test('what is not known stays visible', () => {
    expect(
      verdicts(cryptoMap({ more: 'crypto frobnicate 7\ncrypto isakmp key x hostname gw.example.net' })),
    ).toEqual([
      'crypto frobnicate 7: ',
      'crypto isakmp key ***: names of hosts are not looked up: add the key to the secrets by hand',
    ]);
  });
});

describe('access lists', () => {
  test.each([
    ['permit ip host 10.1.0.1 any', ['10.1.0.1/32 0.0.0.0/0']],
    ['permit tcp 10.1.0.0 0.0.0.255 host 10.2.0.1 eq www', ['10.1.0.0/24[tcp/] 10.2.0.1/32[tcp/80]']],
    ['permit udp host 10.1.0.1 range 5000 5010 any log', ['10.1.0.1/32[udp/5000-5010] 0.0.0.0/0[udp/]']],
    ['permit gre host 10.1.0.1 host 10.2.0.1', ['10.1.0.1/32[gre/] 10.2.0.1/32[gre/]']],
    ['permit 47 host 10.1.0.1 host 10.2.0.1', ['10.1.0.1/32[47/] 10.2.0.1/32[47/]']],
    ['permit ip 10.1.0.0 0.0.1.255 10.2.0.0 0.0.2.0', ['10.1.0.0/23 10.2.0.0/32', '10.1.0.0/23 10.2.2.0/32']],
  ])('%s', (line, expected) => {
    expect(selectorsOf(ios(cryptoMap({ list: `access-list 110 ${line}` })))).toEqual(expected);
  });

  test.each([
    ['permit ip 10.1.0.0 255.255.x.0 any', /is no address with a wildcard/],
    ['permit tcp any neq 80 any', /can't be one range/],
    ['permit ip any any time-range WORK', /'time-range' has no counterpart/],
    ['permit whatever any any', /the protocol 'whatever' is not known here/],
    ['permit ip object-group NOWHERE any', /there is no network object NOWHERE/],
  ])('not: %s', (line, why) => {
    const [first] = verdicts(cryptoMap({ list: `access-list 110 ${line}` })).filter((text) =>
      text.startsWith('access-list'),
    );
    expect(first).toMatch(why);
  });

  test('a denial at the end says nothing new; one before traffic that is protected would', () => {
    const permit = 'access-list 110 permit ip 10.1.0.0 0.0.255.255 10.2.0.0 0.0.255.255';
    const deny = 'access-list 110 deny ip host 10.1.0.9 any';
    expect(verdicts(cryptoMap({ list: `${permit}\n${deny}` }))).toEqual([]);
    expect(verdicts(cryptoMap({ list: `${deny}\n${permit}` }))).toEqual([
      `${deny}: a denial before traffic that is protected: exempt it with a child of mode pass`,
    ]);
    expect(verdicts(cryptoMap({ list: `access-list 110 deny ip host 10.9.0.9 any\n${permit}` }))).toEqual([]);
  });

  const hosts = (count: number): string =>
    Array.from({ length: count }, (_, n) => ` host 10.5.${n >> 8}.${n & 255}`).join('\n');

  test(`a line stands for up to ${PAIRS_MAX} pairs`, () => {
    const list = (count: number): string =>
      `object-group network G\n${hosts(count)}\naccess-list 110 permit ip object-group G any`;
    expect(selectorsOf(ios(cryptoMap({ list: list(PAIRS_MAX) })))).toHaveLength(PAIRS_MAX);
    expect(verdicts(cryptoMap({ list: list(PAIRS_MAX + 1) })).join('\n')).toContain(`at most ${PAIRS_MAX}`);
  });

  test(`a list stands for up to ${SELECTORS_MAX} pairs`, () => {
    const list = (count: number): string =>
      Array.from(
        { length: count },
        (_, n) => `access-list 110 permit ip host 10.5.${n >> 8}.${n & 255} any`,
      ).join('\n');
    expect(selectorsOf(ios(cryptoMap({ list: list(SELECTORS_MAX) })))).toHaveLength(SELECTORS_MAX);
    expect(verdicts(cryptoMap({ list: list(SELECTORS_MAX + 2) })).join('\n')).toContain('widen them');
  });

  test(`a group has up to ${GROUP_NETWORKS_MAX} networks, and may take in itself`, () => {
    const list = (count: number): string =>
      `object-group network G\n${hosts(count)}\n group-object H\nobject-group network H\n group-object G\naccess-list 110 permit ip object-group G any`;
    const of = (count: number): string => verdicts(cryptoMap({ list: list(count) })).join('\n');
    expect(selectorsOf(ios(cryptoMap({ list: list(3) })))).toHaveLength(3);
    expect(of(GROUP_NETWORKS_MAX)).toContain(`at most ${PAIRS_MAX}`);
    expect(of(GROUP_NETWORKS_MAX + 1)).toContain(`more than ${GROUP_NETWORKS_MAX} networks`);
  });

  test('lists that no crypto map uses are dropped unread', () => {
    expect(
      verdictOn(ios(cryptoMap({ more: 'access-list 99 permit any' })), 'access-list 99 permit any'),
    ).toBe('dropped: no crypto map uses the list for this');
  });
});

describe('keys', () => {
  const of = (key: string, more = ''): Translation =>
    ios(cryptoMap({ more }).replace('crypto isakmp key example address 192.0.2.2', key));

  test('the most specific one counts', () => {
    const keys = `crypto isakmp key any address 0.0.0.0
crypto isakmp key wide address 192.0.0.0 255.255.0.0
crypto isakmp key narrow address 192.0.2.0 255.255.255.0`;
    expect(of(keys).gateway.secrets).toMatchObject([{ ids: ['192.0.2.2'], value: 'narrow' }]);
  });

  test.each([
    ['crypto isakmp key 6 XYZ address 192.0.2.2', /encrypted \(type 6/],
    ['crypto isakmp key 7 0205 address 192.0.2.2', /encrypted \(type 7/],
    ['crypto isakmp key ***** address 192.0.2.2', /hides the key/],
    ['crypto isakmp key other address 192.0.2.99', /no key for 192\.0\.2\.2/],
  ])('one that is missing must be put in by hand: %s', (key, why) => {
    const { gateway } = of(key);
    expect(gateway.secrets).toMatchObject([{ value: null }]);
    expect(gateway.unfinished.map(({ text }) => text).join()).toMatch(why);
  });

  test('a key may look like its type', () => {
    expect(of('crypto isakmp key 6 address 192.0.2.2').gateway.secrets[0]?.value).toBe('6');
  });

  test('of IKEv2, one for each direction: ours fits both ends, the key of the peer only the peer', () => {
    const text = cryptoMap({
      entry: ' set peer 192.0.2.2\n set transform-set ESP\n match address 110\n set ikev2-profile P',
      more: `crypto ikev2 keyring K
 peer A
  address 192.0.2.2
  pre-shared-key local ours
  pre-shared-key remote theirs
crypto ikev2 profile P
 match identity remote address 192.0.2.2 255.255.255.255
 authentication local pre-share
 authentication remote pre-share
 keyring local K`,
    });
    expect(ios(text).gateway.secrets).toMatchObject([
      { ids: ['192.0.2.1', '192.0.2.2'], value: 'ours' },
      { ids: ['192.0.2.2'], value: 'theirs' },
    ]);
    expect(ios(text).gateway.connections[0]?.settings.version).toBe(2);
    expect(
      ios(text)
        .notes.map(({ text: note }) => note)
        .join(),
    ).toContain('show crypto ikev2 proposal default');
  });
});

test('The defaults of IOS: DES, SHA-1, group 1, and they are pointed out', () => {
  const translation = ios(cryptoMap().replace(' encr aes 256\n', '').replace(' group 14\n', ''));
  expect(settingIn(translation, CONNECTIONS, 'proposals')).toBe('des-sha1-modp768');
  const notes = translation.notes.map(({ text }) => text).join('\n');
  expect(notes).toMatch(/des is broken/);
  expect(notes).toMatch(/modp768 is broken/);
});

test('a paste without indentation, `!` or `exit` says the same', () => {
  const flat = cryptoMap().replaceAll(/^ +/gm, '');
  expect(ios(flat).files.get(CONNECTIONS)).toBe(ios(cryptoMap()).files.get(CONNECTIONS));
});
