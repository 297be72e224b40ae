import { describe, expect, test } from 'vitest';
import type { News } from '../../../src/daemon/charon.ts';
import { EVENTS, readEventNews } from '../../../src/daemon/event-news.ts';
import { ownCallsOf } from '../../../src/policy/ike-sas.ts';
import { decodePacket, encodeMessage, encodePacket, type MessageInput } from '../../../src/vici/index.ts';
import { recordedPackets } from '../../helpers/vici-fixtures.ts';
import { definition, peerAfter } from './helpers.ts';

/** An event as it comes from the wire. */
function read(name: string, message: MessageInput): News[] {
  const bytes = encodePacket({ type: 'EVENT', name, body: encodeMessage(message) });
  // Past the length in front of the packet.
  const packet = decodePacket(bytes, 4, bytes.length);
  if (packet.type !== 'EVENT') throw new Error('no event');
  return readEventNews(packet.name, packet.body);
}

const SA = {
  uniqueid: '5',
  version: '2',
  state: 'ESTABLISHED',
  'remote-host': '192.0.2.2',
  initiator: 'yes',
  'initiator-spi': '00000000000000aa',
  'responder-spi': '00000000000000bb',
} as const;

const CHILD = { name: 'net', uniqueid: '9', state: 'INSTALLED', 'packets-in': '3' } as const;

const FACTS = {
  id: '5',
  state: 'ESTABLISHED',
  isInitiator: true,
  initiatorSpi: '00000000000000aa',
  responderSpi: '00000000000000bb',
  isAnonymous: false,
  children: [],
};

const TO_A = { type: 'peer', connection: 'gw-a', address: '192.0.2.2' };

describe('one event', () => {
  test('ike-updown with up: an IKE_SA came up', () => {
    expect(read('ike-updown', { up: 'yes', 'gw-a': SA })).toEqual([
      { ...TO_A, news: { type: 'ike-up', ikeSa: FACTS } },
    ]);
  });

  test('ike-updown without up: it went, in the state that charon gives', () => {
    expect(read('ike-updown', { 'gw-a': { ...SA, state: 'DELETING' } })).toEqual([
      { ...TO_A, news: { type: 'ike-down', id: '5', state: 'DELETING' } },
    ]);
  });

  test('ike-updown of an IKE_SA without a name: only the address tells whom it is about', () => {
    const { initiator: _, ...theirs } = SA;
    expect(read('ike-updown', { '(unnamed)': { ...theirs, state: 'CONNECTING' } })).toEqual([
      {
        type: 'peer',
        connection: null,
        address: '192.0.2.2',
        news: { type: 'ike-down', id: '5', state: 'CONNECTING' },
      },
    ]);
  });

  test('child-updown with up: the children that it names are as they say', () => {
    expect(read('child-updown', { up: 'yes', 'gw-a': { ...SA, 'child-sas': { 'net-9': CHILD } } })).toEqual([
      {
        ...TO_A,
        news: {
          type: 'child-changed',
          ikeSa: { ...FACTS, children: [{ id: '9', name: 'net', state: 'INSTALLED', packetsIn: 3 }] },
        },
      },
    ]);
  });

  test('child-updown without up: they are gone, also where charon still calls them INSTALLED', () => {
    const [news] = read('child-updown', { 'gw-a': { ...SA, 'child-sas': { 'net-9': CHILD } } });
    expect(news).toMatchObject({ news: { ikeSa: { children: [{ id: '9', state: 'DELETED' }] } } });
  });

  test('ike-rekey: new id, new SPIs, and the flag that may have turned over', () => {
    const { initiator: _, ...turned } = SA;
    const next = { ...turned, uniqueid: '6', 'initiator-spi': '00000000000000cc' };
    expect(read('ike-rekey', { 'gw-a': { old: SA, new: next } })).toEqual([
      {
        ...TO_A,
        news: {
          type: 'ike-rekeyed',
          oldId: '5',
          ikeSa: { ...FACTS, id: '6', isInitiator: false, initiatorSpi: '00000000000000cc' },
        },
      },
    ]);
  });

  test('child-rekey: old id and new child', () => {
    const children = { net: { old: { ...CHILD, state: 'REKEYED' }, new: { ...CHILD, uniqueid: '10' } } };
    expect(read('child-rekey', { 'gw-a': { ...SA, 'child-sas': children } })).toEqual([
      {
        ...TO_A,
        news: {
          type: 'child-rekeyed',
          ikeSaId: '5',
          oldChildId: '9',
          child: { id: '10', name: 'net', state: 'INSTALLED', packetsIn: 3 },
        },
      },
    ]);
  });

  test('log: whatever its text tells', () => {
    const message = {
      group: 'IKE',
      level: '0',
      'ikesa-name': '(unnamed)',
      'ikesa-uniqueid': '8',
      msg: '192.0.2.2 is initiating an IKE_SA',
    };
    expect(read('log', message)).toEqual([
      { type: 'peer', connection: null, address: '192.0.2.2', news: { type: 'peer-calls', id: '8' } },
    ]);
  });

  test('an event that we did not ask for is no news', () => {
    expect(read('alert', { type: 'local-auth-failed' })).toEqual([]);
  });

  test.each(EVENTS)('%s without an IKE_SA is a broken connection', (name) => {
    expect(() => read(name, { up: 'yes' })).toThrow(expect.objectContaining({ code: 'VICI_PROTOCOL' }));
  });
});

describe('5,000 recorded events of strongSwan 5.9.8', () => {
  const events = recordedPackets('events-initiator-slice').flatMap((packet) =>
    packet.type === 'EVENT' ? [{ name: packet.name, body: packet.body }] : [],
  );

  /** How many events of each name became which news. */
  function tally(): Record<string, number> {
    const counts: Record<string, number> = {};
    for (const { name, body } of events) {
      for (const news of readEventNews(name, body.restart())) {
        const kind = `${name} ${news.type === 'peer' ? news.news.type : news.type}`;
        counts[kind] = (counts[kind] ?? 0) + 1;
      }
    }
    return counts;
  }

  test('all are read, and each kind becomes its own news', () => {
    expect(tally()).toEqual({
      'ike-updown ike-up': 90,
      'ike-updown ike-down': 187,
      'child-updown child-changed': 277,
      'ike-rekey ike-rekeyed': 30,
      'child-rekey child-rekeyed': 30,
      'log call-seen': 90,
      // Rekeyings of ours log the same text under the id of the old IKE_SA.
      'log look-again': 30,
      'log proven': 303,
    });
  });

  test('every one names its connection', () => {
    for (const { name, body } of events) {
      for (const news of readEventNews(name, body.restart())) {
        expect(news).toMatchObject({ type: 'peer', connection: expect.stringMatching(/^peer-\d+$/) });
      }
    }
  });

  test('a rekeying of ours is not taken for a call: it carries the id of the IKE_SA that is rekeyed', () => {
    const rekeyed = new Map<string, { readonly oldId: string; readonly news: (News & { type: 'peer' })[] }>();
    const all = events.flatMap(({ name, body }) => readEventNews(name, body.restart()));
    for (const news of all) {
      if (news.type === 'peer' && news.connection !== null && news.news.type === 'ike-rekeyed') {
        rekeyed.set(news.connection, { oldId: news.news.oldId, news: [] });
      }
    }
    for (const news of all) {
      if (news.type === 'peer' && news.connection !== null) rekeyed.get(news.connection)?.news.push(news);
    }
    expect(rekeyed.size).toBe(30);
    for (const [connection, { oldId, news }] of rekeyed) {
      const before = {
        id: oldId,
        state: 'ESTABLISHED',
        isInitiator: true,
        initiatorSpi: '00000000000000aa',
        responderSpi: '00000000000000bb',
        isAnonymous: false,
        children: [],
      };
      const { state } = peerAfter(
        [
          [0, { type: 'attached', ikeSas: [before] }],
          ...news.map((one, index) => [1 + index, one.news] as const),
        ],
        definition(connection),
      );
      expect(ownCallsOf(state)).toEqual([]);
      expect(state.counters.collisions).toBe(0);
    }
  });
});
