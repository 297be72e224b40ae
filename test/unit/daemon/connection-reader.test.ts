/** A listing of connections read with the one before it in mind says what the same listing says by itself. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  ConnectionReader,
  NO_CONNECTIONS,
  type RememberedConnections,
} from '../../../src/daemon/connection-reader.ts';
import { encodeMessage, MessageCursor, type MessageInput, readConnection } from '../../../src/vici/index.ts';

function read(items: readonly MessageCursor[], before?: RememberedConnections): RememberedConnections {
  const reader = new ConnectionReader(before);
  for (const one of items) reader.read(one.restart());
  return reader.remembered;
}

const alone = (items: readonly MessageCursor[]) => items.map((one) => readConnection(one.restart()));

function item(name: string, connection: MessageInput = {}): MessageCursor {
  return new MessageCursor(
    encodeMessage({ [name]: { version: 'IKEv2', remote_addrs: ['192.0.2.1'], ...connection } }),
  );
}

test('the same again is the very same list', () => {
  const items = () => [item('a'), item('b')];
  const first = read(items());
  expect(first.all).toEqual(alone(items()));
  const second = read(items(), first);
  expect(second.all).toBe(first.all);
  expect(read(items(), second).all).toBe(first.all);
});

test('of one that has changed only that is read anew', () => {
  const first = read([item('a'), item('b')]);
  const now = [item('a'), item('b', { dpd_delay: '30' })];
  const { all } = read(now, first);
  expect(all).toEqual(alone(now));
  expect(all[0]).toBe(first.all[0]);
});

test.each([
  ['one less', [item('a')]],
  ['one more', [item('a'), item('b'), item('c')]],
  ['none', []],
  ['another order', [item('b'), item('a')]],
])('%s is another list', (_, items) => {
  const first = read([item('a'), item('b')]);
  const { all } = read(items, first);
  expect(all).not.toBe(first.all);
  expect(all).toEqual(alone(items));
});

test('no more than 16,384 are remembered; all are listed', () => {
  const items = Array.from({ length: 16_385 }, (_, index) => item(`c${index}`));
  const first = read(items);
  expect(first.items).toHaveLength(16_384);
  const second = read(items, first);
  expect(second.all).toEqual(first.all);
  expect(second.all).not.toBe(first.all);
});

test('one listing after another says what each says alone', () => {
  const connection = fc.record({
    unique: fc.constantFrom('UNIQUE_NEVER', 'UNIQUE_NO'),
    dpd_delay: fc.constantFrom('10', '20'),
  });
  const listing = fc.array(fc.tuple(fc.constantFrom('a', 'b', 'c'), connection), { maxLength: 4 });
  fc.assert(
    fc.property(fc.array(listing, { maxLength: 6 }), (listings) => {
      let before = NO_CONNECTIONS;
      for (const one of listings) {
        const items = one.map(([name, content]) => item(name, content));
        const now = read(items, before);
        expect(now.all).toEqual(alone(items));
        expect(now.all === before.all).toBe(JSON.stringify(now.all) === JSON.stringify(before.all));
        before = now;
      }
    }),
    { numRuns: 300 },
  );
});
