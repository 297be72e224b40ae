import { describe, expect, test } from 'vitest';
import type { Peer } from '../../../src/daemon/peer.ts';
import { selectPeer, selectPeers } from '../../../src/daemon/select-peers.ts';
import { definition, peerAfter } from './helpers.ts';

function peer(service: string, name: string, connection: string | null, address: string): Peer {
  return peerAfter([], definition(name, { key: `${service}/${name}`, service, connection, address }));
}

const PEERS = [
  peer('s1', '192.0.2.1', 'a', '192.0.2.1'),
  peer('s1', '192.0.2.2', null, '192.0.2.2'),
  peer('s2', '192.0.2.1', 'b', '192.0.2.1'),
  peer('s3', 'c', 'c', '192.0.2.3'),
  // Named like the connection of another.
  peer('s3', 'a', 'd', '192.0.2.4'),
];

const keyOf = (text: string) => selectPeer(PEERS, text).definition.key;

describe('one peer', () => {
  test.each([
    ['key', 's2/192.0.2.1', 's2/192.0.2.1'],
    ['name', '192.0.2.2', 's1/192.0.2.2'],
    ['connection', 'b', 's2/192.0.2.1'],
    ['address', '192.0.2.3', 's3/c'],
    ['name before connection', 'a', 's3/a'],
  ])('by its %s', (_way, text, expected) => {
    expect(keyOf(text)).toBe(expected);
  });

  test('two that fit are one too many: the operator is told which there are', () => {
    expect(() => keyOf('192.0.2.1')).toThrow(
      expect.objectContaining({
        code: 'PEER_UNKNOWN',
        message: "'192.0.2.1' fits 2 peers",
        nextStep: 'say which: s1/192.0.2.1, s2/192.0.2.1',
      }),
    );
  });

  test('of many that fit, five are named', () => {
    const many = Array.from({ length: 9 }, (_, index) => peer(`s${index}`, 'x', null, '192.0.2.9'));
    expect(() => selectPeer(many, 'x')).toThrow(
      expect.objectContaining({ nextStep: 'say which: s0/x, s1/x, s2/x, s3/x, s4/x' }),
    );
  });

  test.each(['', '192.0.2', 's1', 'A', '192.0.2.1/32'])("'%s' is nobody", (text) => {
    expect(() => keyOf(text)).toThrow(
      expect.objectContaining({ code: 'PEER_UNKNOWN', nextStep: expect.stringContaining('afteryou status') }),
    );
  });
});

describe('several peers', () => {
  const keysOf = (...[selector]: [Parameters<typeof selectPeers>[1]]) =>
    selectPeers(PEERS, selector).map(({ definition: { key } }) => key);

  test('all, also when there are none', () => {
    expect(keysOf({ all: true })).toHaveLength(PEERS.length);
    expect(selectPeers([], { all: true })).toEqual([]);
  });

  test('those of a service', () => {
    expect(keysOf({ service: 's1' })).toEqual(['s1/192.0.2.1', 's1/192.0.2.2']);
  });

  test('a service without peers is a mistake', () => {
    expect(() => keysOf({ service: 's9' })).toThrow(expect.objectContaining({ code: 'PEER_UNKNOWN' }));
  });

  test('one that is named', () => {
    expect(keysOf({ peer: 'c' })).toEqual(['s3/c']);
  });
});
