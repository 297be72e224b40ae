/** A listing read with the one before it in mind says what the same listing says by itself. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { ListingReader, type RememberedIkeSa } from '../../../src/daemon/listing-reader.ts';
import { listedIkeSa } from '../../../src/daemon/translate-facts.ts';
import { encodeMessage, MessageCursor, type MessageInput, readListSa } from '../../../src/vici/index.ts';
import { recordedEvents } from '../../helpers/vici-fixtures.ts';

function read(items: readonly MessageCursor[], before?: readonly RememberedIkeSa[]): ListingReader {
  const reader = new ListingReader(before);
  for (const item of items) reader.read(item.restart());
  return reader;
}

const alone = (items: readonly MessageCursor[]) =>
  items.map((item) => listedIkeSa(readListSa(item.restart())));

function item(id: number, sa: MessageInput): MessageCursor {
  return new MessageCursor(encodeMessage({ [`conn-${id}`]: { uniqueid: id, state: 'ESTABLISHED', ...sa } }));
}

const child = (packets: number) => ({ uniqueid: 7, state: 'INSTALLED', 'packets-in': packets, 'use-in': 3 });

describe.each(['list-sas-1000-initiator', 'list-sas-1000-responder'] as const)('%s', (name) => {
  const items = recordedEvents(name, 'list-sa');

  test('read twice, the second time nothing is made anew', () => {
    const first = read(items);
    const second = read(items, first.remembered);
    expect(first.listed).toEqual(alone(items));
    expect(second.listed).toEqual(first.listed);
    expect(second.listed.every((sa, place) => sa === first.listed[place])).toBe(true);
  });

  test('in another order, with some gone and some new', () => {
    const { remembered } = read(items.slice(0, 600));
    const others = [...items.slice(300).reverse(), ...items.slice(0, 20)];
    expect(read(others, remembered).listed).toEqual(alone(others));
  });
});

test('an SA that is only older is the same object, also with more traffic; the first packet is told', () => {
  const before = read([
    item(1, { established: 10, 'child-sas': { net: child(0) } }),
    item(2, { established: 10 }),
    item(3, { established: 10, 'child-sas': { net: child(4) } }),
  ]);
  const now = [
    item(1, { established: 40, 'child-sas': { net: child(5) } }),
    item(2, { established: 40 }),
    item(3, { established: 40, 'child-sas': { net: child(5) } }),
  ];
  const { listed, remembered } = read(now, before.remembered);
  expect(listed.slice(0, 2)).toEqual(alone(now.slice(0, 2)));
  expect(listed[0]?.facts.children[0]?.packetsIn).toBe(5);
  expect(listed[1]).toBe(before.listed[1]);
  expect(listed[2]).toBe(before.listed[2]);
  // Counted from nothing again: another CHILD_SA in all but name.
  const anew = [...now.slice(0, 2), item(3, { established: 50, 'child-sas': { net: child(0) } })];
  expect(read(anew, remembered).listed[2]?.facts.children[0]?.packetsIn).toBe(0);
});

test('what was not listed once is not remembered any longer', () => {
  const first = read([item(1, {}), item(2, {})]);
  const second = read([item(2, {})], first.remembered);
  expect(second.remembered).toHaveLength(1);
  expect(read([item(1, {})], second.remembered).listed[0]).not.toBe(first.listed[0]);
});

test.each([
  ['a CHILD_SA without packets', { a: child(0), b: { uniqueid: 8, state: 'INSTALLED' } }],
  ['packets that are told twice', { a: { ...child(0), inner: { 'packets-in': 1 } } }],
])('%s: it is read in full each time', (_what, children) => {
  const items = [item(1, { 'child-sas': children })];
  const first = read(items);
  expect(first.remembered).toEqual([]);
  expect(read(items, first.remembered).listed).toEqual(alone(items));
});

test('no more than 16,384 SAs are remembered; all are listed', () => {
  const items = Array.from({ length: 16_385 }, (_, index) => item(index, {}));
  const first = read(items);
  expect(first.remembered).toHaveLength(16_384);
  const second = read(items, first.remembered);
  expect(second.listed).toHaveLength(16_385);
  expect(second.remembered).toHaveLength(16_384);
});

const number = fc.oneof(fc.nat(9), fc.nat(100_000));
const arbitraryChild = fc.record(
  {
    name: fc.constantFrom('net', 'voice'),
    uniqueid: fc.nat(3),
    reqid: fc.nat(3),
    state: fc.constantFrom('INSTALLED', 'REKEYED', 'DELETED'),
    'spi-in': fc.constantFrom('c0000001', 'c0000002'),
    'spi-out': fc.constantFrom('c0000003', 'c0000001'),
    'bytes-in': number,
    'packets-in': number,
    'use-in': number,
    'life-time': number,
  },
  { requiredKeys: ['uniqueid', 'state', 'packets-in'] },
);
const arbitrarySa = fc.record(
  {
    state: fc.constantFrom('ESTABLISHED', 'CONNECTING', 'DELETING'),
    'remote-host': fc.constantFrom('192.0.2.1', '2001:db8::1'),
    'remote-id': fc.constantFrom('hub', 'CN=Zürich', '%any'),
    initiator: fc.constantFrom('yes', 'no'),
    established: number,
    'rekey-time': number,
    'tasks-active': fc.constantFrom(['IKE_DPD'], []),
    'child-sas': fc.dictionary(fc.constantFrom('a', 'b'), arbitraryChild),
  },
  { requiredKeys: ['state'] },
);
const listing = fc.array(fc.tuple(fc.nat(4), arbitrarySa), { maxLength: 5 });

test('one listing after another says what each says alone', () => {
  fc.assert(
    fc.property(fc.array(listing, { minLength: 2, maxLength: 5 }), (listings) => {
      let remembered: readonly RememberedIkeSa[] = [];
      for (const sas of listings) {
        const items = sas.map(([id, sa]) => item(id, sa));
        const reader = read(items, remembered);
        expect(reader.listed).toEqual(alone(items));
        ({ remembered } = reader);
      }
    }),
    { numRuns: 300 },
  );
});
