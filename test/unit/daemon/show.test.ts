/** Services, peer lists and IKE_SAs put together from configuration, fleet and charon's list. */
import { describe, expect, test } from 'vitest';
import type { Peer } from '../../../src/daemon/peer.ts';
import { ikeSasReport, peerListsReport, servicesReport } from '../../../src/daemon/show.ts';
import {
  decodeMessage,
  encodeMessage,
  type IkeSa,
  MessageCursor,
  type MessageInput,
} from '../../../src/vici/index.ts';
import { ikeSaFrom } from '../../../src/vici/views/ike-sa.ts';
import { ikeSa } from '../../helpers/fake-policy-charon.ts';
import { config, definition, peerAfter, setup } from './helpers.ts';

const CONFIG = config(
  'limits: { peers-per-list: 20 }',
  'peer-lists: { l: { family: ipv4, addresses: [192.0.2.1, 198.51.100.0/24] }, spare: { family: ipv6, addresses: [] } }',
  'services:',
  '  s: { context: wsg, peer-list: l, connections: "x-*", responder-mode-duration: 15 }',
  '  rw: { deployment-mode: remote-access, connections: rw }',
);

/** Peers by key. */
function fleet(...peers: readonly Peer[]): ReadonlyMap<string, Peer> {
  return new Map(peers.map((peer) => [peer.definition.key, peer]));
}

/** One IKE_SA as charon lists it. */
function listed(name: string, change: MessageInput = {}): IkeSa {
  const message: MessageInput = {
    [name]: {
      uniqueid: '7',
      version: '2',
      state: 'ESTABLISHED',
      'local-host': '203.0.113.1',
      'remote-host': '192.0.2.1',
      initiator: 'yes',
      'initiator-spi': 'a'.repeat(16),
      'responder-spi': 'b'.repeat(16),
      ...change,
    },
  };
  const [section] = decodeMessage(new MessageCursor(encodeMessage(message))).sections();
  if (section === undefined) throw new Error('no section');
  return ikeSaFrom(section);
}

const details = (sas: readonly IkeSa[], ...peers: readonly Peer[]) =>
  ikeSasReport({ ikeSas: sas, authentications: new Map([['a', 'pre-shared key']]) }, CONFIG, fleet(...peers))
    .ike_sas;

test('services: as configured, with the states of their peers', () => {
  const up = peerAfter([[0, { type: 'attached', ikeSas: [ikeSa('1')] }]], definition('a'));
  const waiting = peerAfter([[0, { type: 'attached', ikeSas: [] }]], definition('b'));
  expect(servicesReport(CONFIG, fleet(up, waiting))).toEqual({
    schema: 1,
    services: [
      {
        service: 's',
        context: 'wsg',
        deployment_mode: 'site-to-site',
        bind: null,
        peer_list: 'l',
        connections: ['x-*'],
        policy: 'windowed',
        collision: 'settle',
        initiator_mode_seconds: 10,
        responder_mode_seconds: 15,
        peers: 2,
        states: { up: 1, 'responder-mode': 1 },
      },
      expect.objectContaining({
        service: 'rw',
        context: null,
        deployment_mode: 'remote-access',
        peers: 0,
        states: {},
      }),
    ],
  });
});

test('peer lists: every address, with the state of its peer where a service refers to the list', () => {
  const up = peerAfter(
    [[0, { type: 'attached', ikeSas: [ikeSa('1')] }]],
    definition('192.0.2.1', { connection: 'x-1' }),
  );
  expect(peerListsReport(CONFIG, fleet(up)).peer_lists).toEqual([
    {
      peer_list: 'l',
      family: 'ipv4',
      services: ['s'],
      file: 'afteryou.yaml',
      line: 3,
      addresses_max: 20,
      addresses: [
        { address: '192.0.2.1', kind: 'host', state: 'up', connection: 'x-1' },
        { address: '198.51.100.0/24', kind: 'subnet', state: null, connection: null },
      ],
    },
    expect.objectContaining({ peer_list: 'spare', services: [], addresses: [] }),
  ]);
});

describe('IKE_SAs', () => {
  test('have the peer and the service of their connection', () => {
    expect(details([listed('a')], peerAfter([], definition('a')))).toMatchObject([
      { connection: 'a', service: 's', peer: 'a', authentication: 'pre-shared key', type: 'l2l' },
    ]);
    expect(details([listed('z')], peerAfter([], definition('a')))).toMatchObject([
      { connection: 'z', service: null, peer: null, authentication: null },
    ]);
    expect(details([listed('(unnamed)', { state: 'CONNECTING' })])).toMatchObject([
      { connection: null, role: 'initiator' },
    ]);
  });

  test('a role is who started it, also when a rekeying has turned the flag of charon', () => {
    const byPeer = peerAfter(
      [[0, { type: 'attached', ikeSas: [ikeSa('7', { isInitiator: false })] }]],
      definition('a'),
    );
    expect(details([listed('a')], byPeer)).toMatchObject([{ role: 'responder' }]);
    expect(details([listed('z')], byPeer)).toMatchObject([{ role: 'initiator' }]);
    expect(details([listed('z', { initiator: 'no' })])).toMatchObject([{ role: 'responder' }]);
  });

  test('of remote access are those of such a service, and those with virtual addresses', () => {
    const client = peerAfter(
      [],
      definition('rw', { key: 'rw/rw', service: 'rw', setup: setup({ isCallable: false }) }),
    );
    expect(details([listed('rw')], client)).toMatchObject([{ type: 'user' }]);
    expect(details([listed('a', { 'remote-vips': ['10.9.0.1'] })])).toMatchObject([{ type: 'user' }]);
    expect(details([listed('a', { 'local-vips': ['10.9.0.1'] })])).toMatchObject([{ type: 'l2l' }]);
  });

  test.each([
    [{ state: 'REKEYING' }, true],
    [{ 'tasks-active': ['IKE_REKEY'] }, true],
    [{ 'tasks-passive': ['IKE_REAUTH'] }, true],
    [{ 'tasks-queued': ['IKE_REAUTH_COMPLETE'] }, true],
    [{ 'tasks-active': ['CHILD_REKEY', 'IKE_DPD'] }, false],
  ])('%j is a rekeying: %s', (change, isRekeying) => {
    expect(details([listed('a', change)])).toMatchObject([{ is_rekeying: isRekeying }]);
  });

  test('tell what is planned: a rekeying, or a reauthentication', () => {
    expect(details([listed('a', { established: '5', 'rekey-time': '100' })])).toMatchObject([
      { established_seconds: 5, rekey_seconds: 100 },
    ]);
    expect(details([listed('a', { 'reauth-time': '200' })])).toMatchObject([
      { established_seconds: null, rekey_seconds: 200 },
    ]);
    expect(details([listed('a')])).toMatchObject([{ rekey_seconds: null }]);
  });
});
