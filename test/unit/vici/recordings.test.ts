/** The recorded streams of a real charon: every message of them, byte for byte. */
import { expect, test } from 'vitest';
import {
  decodeEvent,
  decodeMessage,
  encodeMessage,
  encodePacket,
  type MessageCursor,
  readChildRekey,
  readIkeRekey,
  readListSa,
  readLog,
  readUpdown,
} from '../../../src/vici/index.ts';
import { ikeSaFrom } from '../../../src/vici/views/ike-sa.ts';
import { RECORDINGS, recordedBytes, recordedEvents, recordedPackets } from '../../helpers/vici-fixtures.ts';

test.each(RECORDINGS)('%s: encoding what was decoded gives the same bytes', (name) => {
  const again = recordedPackets(name).map((packet) =>
    encodePacket('body' in packet ? { ...packet, body: encodeMessage(decodeMessage(packet.body)) } : packet),
  );
  expect(Buffer.compare(Buffer.concat(again), recordedBytes(name))).toBe(0);
});

test('the answer to version', () => {
  const [packet] = recordedPackets('version');
  const message = packet !== undefined && 'body' in packet ? decodeMessage(packet.body) : undefined;
  expect(message?.get('daemon')).toBe('charon-systemd');
  expect(message?.get('version')).toBe('5.9.8');
});

test.each(['list-sas-1000-initiator', 'list-sas-1000-responder'] as const)(
  '%s: narrow and full reading agree on all 1,000 SAs',
  (name) => {
    const items = recordedEvents(name, 'list-sa');
    expect(items).toHaveLength(1000);
    for (const item of items) {
      const [section] = decodeMessage(item.restart()).sections();
      const full = section === undefined ? undefined : ikeSaFrom(section);
      expect(readListSa(item)).toEqual({
        name: full?.name,
        uniqueid: full?.uniqueid,
        state: full?.state,
        isInitiator: full?.isInitiator,
        remoteHost: full?.remoteHost,
        remoteId: full?.remoteId,
        initiatorSpi: full?.initiatorSpi,
        responderSpi: full?.responderSpi,
        isBusy: (full?.tasksActive.length ?? 0) > 0,
        children: full?.childSas.map((child) => ({
          name: child.name,
          uniqueid: child.uniqueid,
          state: child.state,
          reqid: child.reqid,
          spiIn: child.spiIn,
          spiOut: child.spiOut,
          isPerCpu: false,
          packetsIn: child.inbound.packets,
        })),
      });
    }
  },
);

test('the facts of one SA, spelled out', () => {
  const [item] = recordedEvents('list-sas-1000-initiator', 'list-sa');
  expect(item === undefined ? undefined : readListSa(item)).toEqual({
    name: 'peer-0840',
    uniqueid: '840',
    state: 'ESTABLISHED',
    isInitiator: true,
    remoteHost: '10.70.255.254',
    remoteId: 'hub.example.net',
    initiatorSpi: '007c5631520c5943',
    responderSpi: '93da76635ed862ee',
    isBusy: false,
    children: [
      {
        name: 'net',
        uniqueid: '838',
        state: 'INSTALLED',
        reqid: '841',
        spiIn: '12560b0c',
        spiOut: '1dde34e1',
        isPerCpu: false,
        packetsIn: 0,
      },
    ],
  });
});

test('1,000 SAs of one name are 1,000 SAs', () => {
  const facts = recordedEvents('list-sas-1000-responder', 'list-sa').map((item) => readListSa(item));
  expect(new Set(facts.map((sa) => sa.name))).toEqual(new Set(['branches']));
  expect(new Set(facts.map((sa) => sa.uniqueid)).size).toBe(1000);
  expect(facts.filter((sa) => sa.isInitiator)).toEqual([]);
});

function events(name: string): MessageCursor[] {
  return recordedEvents('events-initiator-slice', name);
}

test('updown events: up and down, narrow as full', () => {
  for (const name of ['ike-updown', 'child-updown'] as const) {
    const bodies = events(name);
    expect(bodies).toHaveLength(277);
    const ups = bodies.filter((body) => {
      const full = decodeEvent(name, body.restart());
      const narrow = readUpdown(body);
      const children = name === 'child-updown' ? 1 : 0;
      expect(narrow.ikeSa.children).toHaveLength(children);
      expect(full).toMatchObject({
        event: name,
        isUp: narrow.isUp,
        ikeSa: { uniqueid: narrow.ikeSa.uniqueid, state: narrow.ikeSa.state },
      });
      return narrow.isUp;
    });
    expect(ups.length).toBeGreaterThan(0);
    expect(ups.length).toBeLessThan(bodies.length);
  }
});

test('ike-rekey: the uniqueid changes, the name is that of the connection', () => {
  for (const body of events('ike-rekey')) {
    const full = decodeEvent('ike-rekey', body.restart());
    const { oldIkeSa, newIkeSa } = readIkeRekey(body);
    expect(oldIkeSa.uniqueid).not.toBe(newIkeSa.uniqueid);
    expect(newIkeSa.name).toMatch(/^peer-\d{4}$/);
    expect(oldIkeSa.name).toBe(newIkeSa.name);
    expect(full).toMatchObject({
      oldIkeSa: { name: oldIkeSa.name, uniqueid: oldIkeSa.uniqueid },
      newIkeSa: { name: newIkeSa.name, uniqueid: newIkeSa.uniqueid, initiatorSpi: newIkeSa.initiatorSpi },
    });
  }
  expect(events('ike-rekey')).toHaveLength(30);
});

test("child-rekey: the child's uniqueid changes, the IKE_SA's doesn't", () => {
  for (const body of events('child-rekey')) {
    const full = decodeEvent('child-rekey', body.restart());
    const { ikeSa, oldChild, newChild } = readChildRekey(body);
    expect([oldChild.name, newChild.name]).toEqual(['net', 'net']);
    expect(oldChild.uniqueid).not.toBe(newChild.uniqueid);
    expect(oldChild.reqid).toBe(newChild.reqid);
    expect(ikeSa.children).toEqual([]);
    expect(full).toMatchObject({
      ikeSa: { uniqueid: ikeSa.uniqueid },
      oldChild: { uniqueid: oldChild.uniqueid, state: oldChild.state },
      newChild: { uniqueid: newChild.uniqueid, state: newChild.state },
    });
  }
  expect(events('child-rekey')).toHaveLength(30);
});

test('log: with and without an IKE_SA', () => {
  const lines = events('log').map((body) => readLog(body));
  expect(lines[0]).toEqual({
    group: 'CFG',
    level: 1,
    ikesaName: '',
    ikesaUniqueid: '',
    message: "vici initiate CHILD_SA 'net'",
  });
  expect(lines.some((line) => line.ikesaName === 'peer-0001' && line.ikesaUniqueid === '1')).toBe(true);
});
