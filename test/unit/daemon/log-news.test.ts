/** Texts as strongSwan 5.9.8 and 6.0.x log them; the names and addresses are examples. */
import { describe, expect, test } from 'vitest';
import type { News } from '../../../src/daemon/charon.ts';
import { readLogEvent, readLogNews } from '../../../src/daemon/log-news.ts';
import { encodeMessage, type LogFacts, MessageCursor, readLog } from '../../../src/vici/index.ts';
import { recordedEvents } from '../../helpers/vici-fixtures.ts';

function line(group: string, message: string, about: Partial<LogFacts> = {}): LogFacts {
  return { group, level: 1, ikesaName: 'gw-a', ikesaUniqueid: '7', message, ...about };
}

const UNNAMED = { ikesaName: '(unnamed)' };

function about(news: (News & { type: 'peer' })['news']): News {
  return { type: 'peer', connection: 'gw-a', address: null, news };
}

describe('somebody calls us', () => {
  test.each([
    ['5.9, IKEv2', '192.0.2.2 is initiating an IKE_SA', '192.0.2.2'],
    ['5.9, IKEv1 main mode', '192.0.2.2 is initiating a Main Mode IKE_SA', '192.0.2.2'],
    ['5.9, IKEv1 aggressive mode', '192.0.2.2 is initiating a Aggressive Mode IKE_SA', '192.0.2.2'],
    ['6.0', '192.0.2.2 is initiating IKE_SA (unnamed)[7]', '192.0.2.2'],
    ['IPv6', '2001:db8::2 is initiating an IKE_SA', '2001:db8::2'],
  ])('%s', (_version, message, address) => {
    expect(readLogNews(line('IKE', message, UNNAMED))).toEqual([
      { type: 'peer', connection: null, address, news: { type: 'peer-calls', id: '7' } },
    ]);
  });

  test('a rekeying by the peer logs the same text with the name of the connection: no call', () => {
    expect(readLogNews(line('IKE', '192.0.2.2 is initiating an IKE_SA'))).toEqual([]);
    expect(readLogNews(line('IKE', '192.0.2.2 is initiating IKE_SA gw-a[7]'))).toEqual([]);
  });

  test('without the id of an IKE_SA it can be tied to nothing', () => {
    const message = '192.0.2.2 is initiating an IKE_SA';
    expect(readLogNews(line('IKE', message, { ...UNNAMED, ikesaUniqueid: '' }))).toEqual([]);
  });

  test('the same words in another group are somebody else’s', () => {
    expect(readLogNews(line('CFG', '192.0.2.2 is initiating an IKE_SA', UNNAMED))).toEqual([]);
  });
});

describe('we call', () => {
  test.each([
    'initiating IKE_SA gw-a[7] to 192.0.2.2',
    'initiating Main Mode IKE_SA gw-a[7] to 192.0.2.2',
    'initiating Aggressive Mode IKE_SA gw-a[7] to 192.0.2.2',
    'initiating IKE_SA gw-a[7] to 2001:db8::2',
  ])('%s', (message) => {
    expect(readLogNews(line('IKE', message))).toEqual([about({ type: 'call-seen', id: '7' })]);
  });

  test.each(['8', '70'])(
    'one that IKE_SA %s begins is looked for: a rekeying, or a restart by DPD',
    (ikesaUniqueid) => {
      const message = 'initiating IKE_SA gw-a[7] to 192.0.2.2';
      expect(readLogNews(line('IKE', message, { ikesaUniqueid }))).toEqual([about({ type: 'look-again' })]);
    },
  );

  test('without a connection or an id it can be tied to nothing', () => {
    const message = 'initiating IKE_SA gw-a[7] to 192.0.2.2';
    expect(readLogNews(line('IKE', message, { ikesaName: '' }))).toEqual([]);
    expect(readLogNews(line('IKE', message, { ikesaUniqueid: '' }))).toEqual([]);
  });

  test('a very long line is read in no time', () => {
    expect(readLogNews(line('IKE', `initiating ${'x '.repeat(100_000)}`))).toEqual([]);
  });
});

describe('the peer proves that an IKE_SA is up there too (R6)', () => {
  test.each([
    'parsed INFORMATIONAL request 0 [ ]',
    'parsed INFORMATIONAL response 2 [ D ]',
    'parsed INFORMATIONAL_V1 request 3211 [ HASH N(DPD) ]',
    'parsed CREATE_CHILD_SA request 2 [ SA No KE ]',
  ])('%s', (message) => {
    expect(readLogNews(line('ENC', message))).toEqual([about({ type: 'proven', id: '7' })]);
  });

  test.each([
    'parsed IKE_SA_INIT request 0 [ SA KE No ]',
    'parsed IKE_AUTH response 1 [ IDr AUTH SA TSi TSr ]',
    'parsed ID_PROT response 0 [ ID HASH ]',
    'generating INFORMATIONAL request 0 [ ]',
    'generating INFORMATIONAL response 0 [ ]',
  ])('%s proves nothing', (message) => {
    expect(readLogNews(line('ENC', message))).toEqual([]);
  });

  test('one that charon has not tied to a connection proves nothing', () => {
    expect(readLogNews(line('ENC', 'parsed INFORMATIONAL request 0 [ ]', UNNAMED))).toEqual([]);
    expect(readLogNews(line('ENC', 'parsed INFORMATIONAL request 0 [ ]', { ikesaUniqueid: '' }))).toEqual([]);
  });
});

describe('a call of ours ends in silence', () => {
  test.each(['giving up after 5 retransmits', 'establishing IKE_SA failed, peer not responding'])(
    '%s: the operator is told, and charon is asked',
    (message) => {
      expect(readLogNews(line('IKE', message))).toEqual([
        about({ type: 'given-up', id: '7', text: message }),
      ]);
    },
  );

  test('of an IKE_SA without a name nobody can be told', () => {
    expect(readLogNews(line('IKE', 'giving up after 5 retransmits', UNNAMED))).toEqual([]);
  });
});

describe('connections', () => {
  test.each(['added', 'updated', 'replaced', 'removed'])('%s', (what) => {
    const message = `${what} vici connection: gw-a`;
    expect(readLogNews(line('CFG', message, { ikesaName: '', ikesaUniqueid: '' }))).toEqual([
      { type: 'connections' },
    ]);
  });

  test('what only looks like it is none', () => {
    expect(readLogNews(line('CFG', 'loaded vici connection: gw-a'))).toEqual([]);
    expect(readLogNews(line('IKE', 'added vici connection: gw-a'))).toEqual([]);
  });
});

describe('causes that an operator should see', () => {
  test.each([
    ['IKE', 'received NO_PROPOSAL_CHOSEN notify error'],
    ['IKE', 'received AUTHENTICATION_FAILED notify error'],
    ['IKE', 'received TS_UNACCEPTABLE notify, no CHILD_SA built'],
    ['IKE', 'peer not responding, trying again (2/2)'],
    ['IKE', 'unable to resolve %any, initiate aborted'],
    ['IKE', "authentication of 'gw.example.net' with pre-shared key failed"],
    ['IKE', "no private key found for 'gw.example.net'"],
    ['IKE', 'failed to establish CHILD_SA, keeping IKE_SA'],
    [
      'IKE',
      'not establishing CHILD_SA net{2} due to existing duplicate {1} with SPIs c1_i c2_o and TS any === any',
    ],
    ['IKE', "destroying duplicate IKE_SA for peer 'gw.example.net', received INITIAL_CONTACT"],
    ['CFG', 'no matching peer config found'],
    ['NET', 'error writing to socket: Network is unreachable'],
    ['ENC', 'invalid HASH_V1 payload length, decryption failed?'],
  ])('%s: %s', (group, message) => {
    expect(readLogNews(line(group, message))).toEqual([about({ type: 'trouble', text: message })]);
  });

  test('of an IKE_SA without a name nobody can be told', () => {
    expect(readLogNews(line('CFG', 'no matching peer config found', UNNAMED))).toEqual([]);
    expect(
      readLogNews(line('IKE', 'no IKE config found for 192.0.2.1...192.0.2.2', { ikesaName: '' })),
    ).toEqual([]);
  });
});

test.each([
  ['IKE', 'IKE_SA gw-a[7] established between 192.0.2.1[a]...192.0.2.2[b]'],
  ['IKE', 'deleting IKE_SA gw-a[7] between 192.0.2.1[a]...192.0.2.2[b]'],
  ['NET', 'sending packet: from 192.0.2.1[500] to 192.0.2.2[500] (464 bytes)'],
  ['CFG', "vici initiate CHILD_SA 'net'"],
  ['IKE', "authentication of 'gw.example.net' with pre-shared key successful"],
  ['', ''],
])('%s: %s is no news', (group, message) => {
  expect(readLogNews(line(group, message))).toEqual([]);
});

describe('a line as charon sends it', () => {
  const event = (message: string): MessageCursor =>
    new MessageCursor(
      encodeMessage({ group: 'ENC', level: 1, 'ikesa-name': 'gw-a', 'ikesa-uniqueid': '7', msg: message }),
    );

  test('routine or not, it tells what its text tells', () => {
    const lines = recordedEvents('events-initiator-slice', 'log');
    const told = lines.map((body) => readLogEvent(body.restart()));
    expect(told).toEqual(lines.map((body) => readLogNews(readLog(body.restart()))));
    expect(told.filter((news) => news.length > 0).length).toBeGreaterThan(100);
  });

  test.each([
    ['parsed IKE_AUTH response 1 [ IDr AUTH ]', 0],
    ['parsed INFORMATIONAL response 2 [ ]', 1],
    ['generating INFORMATIONAL request 2 [ ]', 0],
    ['parsed CREATE_CHILD_SA request 3 [ SA No KE ]', 1],
    ['parsed IK', 0],
  ])('%s', (message, expected) => {
    expect(readLogEvent(event(message))).toHaveLength(expected);
  });
});
