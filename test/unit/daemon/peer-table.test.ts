import { describe, expect, test } from 'vitest';
import { buildPeerTable, type PeerDefinition } from '../../../src/daemon/peer-table.ts';
import { childConfig, connectionFacts } from '../../helpers/fake-policy-charon.ts';
import { config } from './helpers.ts';

type Connections = Parameters<typeof buildPeerTable>[1];

function peersOf(lines: readonly string[], connections: Connections): readonly PeerDefinition[] {
  return buildPeerTable(config(...lines), connections).peers;
}

function onePeer(lines: readonly string[], connections: Connections): PeerDefinition {
  const [one, ...others] = peersOf(lines, connections);
  if (one === undefined || others.length > 0) throw new Error('not exactly one peer');
  return one;
}

/** `NAME -> CONNECTION` of each peer. */
function pairs(peers: readonly PeerDefinition[]): string[] {
  return peers.map(({ key, connection }) => `${key} -> ${connection ?? '-'}`);
}

const ALL = ['services: { all: { connections: "*" } }'];

describe('a service without a peer list', () => {
  test('has one peer per connection that fits, named after it', () => {
    const connections = [connectionFacts('wsg1-a', '192.0.2.1'), connectionFacts('other', '192.0.2.2')];
    expect(peersOf(['services: { s: { connections: "wsg1-*" } }'], connections)).toEqual([
      {
        key: 's/wsg1-a',
        service: 's',
        name: 'wsg1-a',
        address: '192.0.2.1',
        connection: 'wsg1-a',
        setup: expect.objectContaining({ children: ['net'], isConfigured: true, isCallable: true }),
      },
    ]);
  });

  test('any of several patterns will do', () => {
    const connections = ['a1', 'b1', 'c1'].map((name) => connectionFacts(name, '192.0.2.1'));
    const peers = peersOf(['services: { s: { connections: ["a*", "c?"] } }'], connections);
    expect(pairs(peers)).toEqual(['s/a1 -> a1', 's/c1 -> c1']);
  });

  test('children keep their order; a connection may have none', () => {
    const two = connectionFacts('a', '192.0.2.1', { children: [childConfig('z'), childConfig('b')] });
    expect(onePeer(ALL, [two]).setup.children).toEqual(['z', 'b']);
    expect(onePeer(ALL, [{ ...two, children: [] }]).setup.children).toEqual([]);
  });

  test.each(['PASS', 'DROP'])(
    'a %s policy is no child, and a connection of nothing else is no peer',
    (mode) => {
      const children = [childConfig('shunt', { mode })];
      expect(peersOf(ALL, [connectionFacts('bypass', '127.0.0.1', { children })])).toEqual([]);
      const mixed = connectionFacts('a', '192.0.2.1', { children: [...children, childConfig('net')] });
      expect(onePeer(ALL, [mixed]).setup.children).toEqual(['net']);
    },
  );

  test('there are no peers while charon has no connections', () => {
    expect(peersOf(ALL, [])).toEqual([]);
  });
});

describe('which remote addresses can be called (R13)', () => {
  test.each([
    ['192.0.2.1', '192.0.2.1'],
    ['2001:DB8:0:0::1', '2001:db8::1'],
    ['::ffff:192.0.2.1', '192.0.2.1'],
    ['192.0.2.1/32', '192.0.2.1'],
    ['gw-1.example.net', 'gw-1.example.net'],
    ['peer.example.net', 'peer.example.net'],
    ['fe-peer', 'fe-peer'],
    // charon takes what isn't an address for a name and loads it (measured on 5.9.8).
    ['10.77.0.300', '10.77.0.300'],
  ])('%s can', (remote, address) => {
    const { setup, address: shown } = onePeer(ALL, [connectionFacts('a', remote)]);
    expect([shown, setup.isCallable]).toEqual([address, true]);
  });

  test.each([
    ['198.51.100.0/24', '198.51.100.0/24'],
    ['2001:db8:0::/48', '2001:db8::/48'],
    ['192.0.2.1-192.0.2.9', '192.0.2.1-192.0.2.9'],
    ['2001:db8::1-2001:db8::9', '2001:db8::1-2001:db8::9'],
    ['%any', '%any4'],
    ['%any4', '%any4'],
    ['%any6', '%any6'],
    ['0.0.0.0', '%any4'],
    ['0.0.0.0/0', '%any4'],
    ['::', '%any6'],
    ['::/0', '%any6'],
  ])('%s can not', (remote, address) => {
    const { setup, address: shown } = onePeer(ALL, [connectionFacts('a', remote)]);
    expect([shown, setup.isCallable]).toEqual([address, false]);
  });

  test('the first address counts: charon calls that one', () => {
    const first = connectionFacts('a', '', { remoteAddresses: ['192.0.2.1', '192.0.2.0/24'] });
    const second = connectionFacts('a', '', { remoteAddresses: ['%any', '192.0.2.1'] });
    expect(onePeer(ALL, [first]).setup.isCallable).toBe(true);
    expect(onePeer(ALL, [second]).setup.isCallable).toBe(false);
  });

  test('no address at all is a wildcard', () => {
    const none = connectionFacts('a', '', { remoteAddresses: [] });
    expect(onePeer(ALL, [none])).toMatchObject({ address: '%any4', setup: { isCallable: false } });
  });

  test('in a remote-access service no peer is called, whatever its address', () => {
    const lines = ['services: { s: { connections: "*", deployment-mode: remote-access } }'];
    expect(onePeer(lines, [connectionFacts('a', '192.0.2.1')]).setup).toMatchObject({
      isCallable: false,
      isConfigured: true,
    });
  });
});

const LISTED = [
  'peer-lists:',
  '  l: { family: ipv4, addresses: [192.0.2.1, 192.0.2.2, 198.51.100.0/24, 203.0.113.1-203.0.113.9, "%any"] }',
  'services: { s: { peer-list: l } }',
];

describe('a service with a peer list', () => {
  test('has one peer per entry, each with the connection whose first remote address it is', () => {
    const connections = [
      connectionFacts('net', '198.51.100.0/24'),
      connectionFacts('stranger', '192.0.2.7'),
      connectionFacts('two', '192.0.2.2'),
      connectionFacts('range', '203.0.113.1-203.0.113.9'),
      connectionFacts('any', '0.0.0.0/0'),
    ];
    const peers = peersOf(LISTED, connections);
    expect(pairs(peers)).toEqual([
      's/192.0.2.1 -> -',
      's/192.0.2.2 -> two',
      's/198.51.100.0/24 -> net',
      's/203.0.113.1-203.0.113.9 -> range',
      's/%any4 -> any',
    ]);
    expect(peers.map(({ setup }) => setup.isCallable)).toEqual([true, true, false, false, false]);
    expect(peers.map(({ setup }) => setup.isConfigured)).toEqual([false, true, true, true, true]);
  });

  test('addresses are compared in canonical form', () => {
    const lines = [
      'peer-lists: { l: { family: ipv6, addresses: ["2001:0db8:0000::0001"] } }',
      'services: { s: { peer-list: l } }',
    ];
    expect(onePeer(lines, [connectionFacts('a', '2001:DB8::1')])).toMatchObject({
      name: '2001:db8::1',
      connection: 'a',
    });
  });

  test('any of an IPv6 list is the wildcard of either spelling', () => {
    const lines = [
      'peer-lists: { l: { family: ipv6, addresses: ["%any"] } }',
      'services: { s: { peer-list: l } }',
    ];
    expect(onePeer(lines, [connectionFacts('a', '%any6')]).connection).toBe('a');
    expect(onePeer(lines, [connectionFacts('a', '%any')]).connection).toBe('a');
  });

  test('only connections that fit the patterns are looked at', () => {
    const lines = [
      'peer-lists: { l: { family: ipv4, addresses: [192.0.2.1] } }',
      'services: { s: { peer-list: l, connections: "wsg-*" } }',
    ];
    const connections = [connectionFacts('other', '192.0.2.1'), connectionFacts('wsg-1', '192.0.2.1')];
    expect(onePeer(lines, connections).connection).toBe('wsg-1');
  });

  test('of two connections to one peer always the same is taken, and the operator is told', () => {
    const lines = [
      'peer-lists: { l: { family: ipv4, addresses: [192.0.2.1] } }',
      'services: { s: { peer-list: l } }',
    ];
    const connections = [connectionFacts('b', '192.0.2.1'), connectionFacts('a', '192.0.2.1')];
    for (const inOrder of [connections, connections.toReversed()]) {
      const { peers, warnings } = buildPeerTable(config(...lines), inOrder);
      expect(pairs(peers)).toEqual(['s/192.0.2.1 -> a']);
      expect(warnings).toEqual([
        'connections a and b both lead to 192.0.2.1; service s looks after a and leaves b alone',
      ]);
    }
  });
});

describe('bind', () => {
  const lines = [
    'peer-lists: { l: { family: ipv4, addresses: [192.0.2.1] } }',
    'services:',
    '  s1: { peer-list: l, bind: 203.0.113.1 }',
    '  s2: { peer-list: l, bind: 203.0.113.2 }',
  ];

  test('two services that list the same host each have the connection from their own address', () => {
    const connections = [
      connectionFacts('from-2', '192.0.2.1', { localAddresses: ['203.0.113.2'] }),
      connectionFacts('from-1', '192.0.2.1', { localAddresses: ['203.0.113.1'] }),
    ];
    for (const inOrder of [connections, connections.toReversed()]) {
      expect(pairs(peersOf(lines, inOrder))).toEqual(['s1/192.0.2.1 -> from-1', 's2/192.0.2.1 -> from-2']);
    }
  });

  test('a connection from another address is not the service’s', () => {
    const elsewhere = connectionFacts('a', '192.0.2.1', { localAddresses: ['203.0.113.9'] });
    expect(pairs(peersOf(lines, [elsewhere]))).toEqual(['s1/192.0.2.1 -> -', 's2/192.0.2.1 -> -']);
  });

  test.each([[[]], [['%any']], [['0.0.0.0/0']], [['203.0.113.9', '203.0.113.1']]])(
    'a connection with local addresses %j may be used from it',
    (localAddresses) => {
      const connection = connectionFacts('a', '192.0.2.1', { localAddresses });
      expect(pairs(peersOf(lines, [connection]))[0]).toBe('s1/192.0.2.1 -> a');
    },
  );

  test('holds without a peer list too, in canonical form', () => {
    const six = ['services: { s: { connections: "*", bind: "2001:db8::1" } }'];
    const connections = [
      connectionFacts('a', '2001:db8::2', { localAddresses: ['2001:DB8:0::1'] }),
      connectionFacts('b', '2001:db8::2', { localAddresses: ['2001:db8::9'] }),
    ];
    expect(pairs(peersOf(six, connections))).toEqual(['s/a -> a']);
  });
});

describe('two services that fit one connection', () => {
  test('the first one has it; the second leaves it alone and says so', () => {
    const { peers, warnings } = buildPeerTable(
      config('services:', '  first: { connections: "a*" }', '  second: { connections: "*1" }'),
      [connectionFacts('a1', '192.0.2.1'), connectionFacts('b1', '192.0.2.2')],
    );
    expect(pairs(peers)).toEqual(['first/a1 -> a1', 'second/b1 -> b1']);
    expect(warnings).toEqual(['connection a1 belongs to service first; service second leaves it alone']);
  });

  test('a listed peer claims its connection before a service of all the others', () => {
    const { peers } = buildPeerTable(
      config(
        'peer-lists: { l: { family: ipv4, addresses: [192.0.2.1] } }',
        'services:',
        '  listed: { peer-list: l }',
        '  rest: { connections: "*" }',
      ),
      [connectionFacts('a', '192.0.2.1'), connectionFacts('b', '192.0.2.2')],
    );
    expect(pairs(peers)).toEqual(['listed/192.0.2.1 -> a', 'rest/b -> b']);
  });

  test('a list leaves alone what it does not list: no warning', () => {
    const { warnings } = buildPeerTable(config(...LISTED), [connectionFacts('x', '192.0.2.77')]);
    expect(warnings).toEqual([]);
  });
});

describe('settings of one peer', () => {
  const lines = [
    'peer-lists: { l: { family: ipv4, addresses: [192.0.2.1, 192.0.2.2, 192.0.2.3] } }',
    'services:',
    '  s:',
    '    peer-list: l',
    '    responder-mode-duration: 20',
    '    peers:',
    '      192.0.2.1: { responder-mode-duration: 30 }',
    '      two: { policy: responder-only }',
  ];

  test('are found by address, by name of the connection, or else are those of the service', () => {
    const peers = peersOf(lines, [connectionFacts('two', '192.0.2.2')]);
    expect(peers.map(({ setup: { settings } }) => [settings.policy, settings.responderModeMs])).toEqual([
      ['windowed', 30_000],
      ['responder-only', 20_000],
      ['windowed', 20_000],
    ]);
  });

  test('by address goes before by name', () => {
    const both = [...lines, '      one: { responder-mode-duration: 40 }'];
    const [peer] = peersOf(both, [connectionFacts('one', '192.0.2.1')]);
    expect(peer?.setup.settings.responderModeMs).toBe(30_000);
  });

  test('are found by the canonical address without a list too', () => {
    const own = [
      'services:',
      '  s: { connections: "*", peers: { "2001:0DB8::1": { responder-mode-duration: 30 } } }',
    ];
    const peer = onePeer(own, [connectionFacts('a', '2001:db8:0::1')]);
    expect(peer.setup.settings.responderModeMs).toBe(30_000);
  });
});
