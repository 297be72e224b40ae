import { describe, expect, test } from 'vitest';
import { type HealthInput, healthOf } from '../../../src/daemon/health.ts';
import type { Peer } from '../../../src/daemon/peer.ts';
import type { PeerSettings } from '../../../src/policy/settings.ts';
import type { ConnectionFacts } from '../../../src/vici/index.ts';
import { childConfig, connectionFacts, ikeSa } from '../../helpers/fake-policy-charon.ts';
import { config, definition, peerAfter, settings, setup } from './helpers.ts';

const CHARON = {
  socket: '/run/charon.vici',
  attached: true,
  since: '2026-01-01T00:00:00.000Z',
  version: '5.9.8',
  error: null,
};

function peerOf(connection: string | null, change: Partial<PeerSettings> = {}): Peer {
  const name = connection ?? 'none';
  return peerAfter([], definition(name, { connection, setup: setup({ settings: settings(change) }) }));
}

/** Health of an active daemon whose peers have all these connections. */
function health(connections: readonly ConnectionFacts[], change: Partial<HealthInput> = {}): string[] {
  return healthOf({
    config: config('services: { s: { connections: "*" } }'),
    charon: CHARON,
    configError: null,
    peers: connections.map(({ name }) => peerOf(name)),
    connections,
    warnings: [],
    ...change,
  });
}

test('nothing to say when all is well', () => {
  expect(health([connectionFacts('a', '192.0.2.1')])).toEqual([]);
});

describe('charon and the configuration', () => {
  test('charon is away: why, and where it was looked for', () => {
    const charon = { ...CHARON, attached: false, error: 'connect ECONNREFUSED' };
    expect(health([], { charon })).toEqual([
      'charon is not attached (connect ECONNREFUSED): is strongSwan running, is /run/charon.vici its socket, and may afteryou open it?',
    ]);
    expect(health([], { charon: { ...charon, error: null } })[0]).toContain('(unknown)');
  });

  test('a wrong file', () => {
    expect(health([], { configError: 'line 3 is wrong' })).toEqual([
      'The configuration file is wrong and the old one stays in force: line 3 is wrong',
    ]);
  });

  test('observing', () => {
    const observe = config('mode: observe', 'services: { s: { connections: "*" } }');
    expect(health([], { config: observe })[0]).toMatch(/^Observing only/);
  });

  test('laboratory', () => {
    const laboratory = config('laboratory: true', 'services: { s: { connections: "*" } }');
    expect(health([], { config: laboratory })[0]).toMatch(/^`laboratory: true` is set/);
  });

  test('warnings of the table come last', () => {
    expect(health([], { configError: 'x', warnings: ['first', 'second'] }).slice(1)).toEqual([
      'first',
      'second',
    ]);
  });
});

describe('connections of our peers', () => {
  test.each([
    [null, true],
    [0, true],
    [1, false],
  ])('dpd_delay %s', (dpdDelaySeconds, isTold) => {
    const told = health([connectionFacts('a', '192.0.2.1', { dpdDelaySeconds })]);
    expect(told.some((sentence) => sentence.startsWith('Connection a without dead peer detection'))).toBe(
      isTold,
    );
  });

  test.each([
    ['UNIQUE_NEVER', false],
    ['', false],
    ['UNIQUE_NO', true],
    ['UNIQUE_REPLACE', true],
    ['UNIQUE_KEEP', true],
  ])('unique %s', (unique, isTold) => {
    const told = health([connectionFacts('a', '192.0.2.1', { unique })]);
    expect(told.some((sentence) => sentence.startsWith('Connection a without `unique = never`'))).toBe(
      isTold,
    );
  });

  test.each([
    [{}, false],
    [{ dpdAction: null, closeAction: null }, false],
    [{ dpdAction: 'clear' }, false],
    [{ dpdAction: 'start' }, true],
    [{ closeAction: 'trap' }, true],
  ])('actions %j of one of its children', (change, isTold) => {
    const children = [childConfig('net'), childConfig('other', change)];
    const told = health([connectionFacts('a', '192.0.2.1', { children })]);
    expect(told.some((sentence) => sentence.startsWith('Connection a with dpd_action or close_action'))).toBe(
      isTold,
    );
  });

  test.each([
    [{ rekeySeconds: 14_400 }, true, true],
    [{ reauthSeconds: 3_600 }, true, true],
    [{ children: [childConfig('net', { rekeySeconds: 3_600 })] }, true, true],
    [{ rekeySeconds: 14_400 }, false, false],
    [{}, true, false],
  ])('rekeying %j with no-rekey %s', (change, noRekey, isTold) => {
    const quiet = { rekeySeconds: 0, reauthSeconds: 0, children: [childConfig('net', { rekeySeconds: 0 })] };
    const connection = connectionFacts('a', '192.0.2.1', { ...quiet, ...change });
    const told = health([connection], { peers: [peerOf('a', { policy: 'responder-only', noRekey })] });
    expect(told.some((sentence) => sentence.startsWith('Connection a of a `no-rekey` peer'))).toBe(isTold);
  });

  test('those that belong to no peer are no business of ours', () => {
    const stranger = connectionFacts('stranger', '192.0.2.9', { dpdDelaySeconds: 0 });
    expect(health([stranger], { peers: [peerOf('a'), peerOf(null)] })).toEqual([]);
  });

  test('five are named, the others counted', () => {
    const wrong = (count: number) =>
      health(
        Array.from({ length: count }, (_, index) =>
          connectionFacts(`c${index}`, '192.0.2.1', { dpdDelaySeconds: 0 }),
        ),
      )[0];
    expect(wrong(2)).toMatch(/^Connections c0, c1 without/);
    expect(wrong(5)).toMatch(/^Connections c0, c1, c2, c3, c4 without/);
    expect(wrong(7)).toMatch(/^Connections c0, c1, c2, c3, c4 and 2 more without/);
  });
});

describe('connections with equal IKE settings', () => {
  const AUTHENTICATION = 'local-1 {class = "psk"; }';
  const alike = connectionFacts('a', '192.0.2.1', { authentication: AUTHENTICATION });
  const isTold = (other: Partial<ConnectionFacts>, change: Partial<HealthInput> = {}) =>
    health([alike, { ...alike, name: 'b', ...other }], change).some((sentence) =>
      sentence.startsWith('Connections a, b lead to 192.0.2.1 with the same IKE settings'),
    );

  test('to one peer: charon takes them for one', () => {
    expect(isTold({ children: [childConfig('other')] })).toBe(true);
  });

  test.each<Partial<ConnectionFacts>>([
    { remoteAddresses: ['192.0.2.2'] },
    { authentication: 'local-1 {class = "public key"; }' },
    { dpdDelaySeconds: 30 },
    { version: 'IKEv1' },
  ])('not if they differ: %j', (other) => {
    expect(isTold(other)).toBe(false);
  });

  test('not if nothing is known of their authentication, or one is nobody’s', () => {
    const { authentication: _, ...unknown } = alike;
    expect(health([unknown, { ...unknown, name: 'b' }])).toEqual([]);
    expect(isTold({}, { peers: [peerOf('a')] })).toBe(false);
  });
});

describe('an IKE_SA to another address', () => {
  const told = (remoteHost: string | undefined, ...remoteAddresses: string[]) => {
    const sa = ikeSa('7', remoteHost === undefined ? {} : { remoteHost });
    const peer = peerAfter([[0, { type: 'attached', ikeSas: [sa] }]], definition('a'));
    return health([{ ...connectionFacts('a', '192.0.2.1'), remoteAddresses }], { peers: [peer] });
  };

  test('than the connection has: what to do', () => {
    expect(told('192.0.2.9', '192.0.2.1')).toEqual([
      expect.stringMatching(/^IKE_SA 7 of peer a leads to 192\.0\.2\.9, not to 192\.0\.2\.1: .*--ike-id 7/),
    ]);
  });

  test.each([
    ['192.0.2.1', ['192.0.2.1']],
    ['192.0.2.9', ['192.0.2.1', '192.0.2.0/24']],
    ['192.0.2.9', ['gw.example.net']],
    ['192.0.2.9', []],
    [undefined, ['192.0.2.1']],
  ])('%s of %j is all right', (remoteHost, remoteAddresses) => {
    expect(told(remoteHost, ...remoteAddresses)).toEqual([]);
  });
});
