import { expect, test } from 'vitest';
import { decodeMessage, encodeMessage, type MessageInput } from '../../../src/vici/index.ts';

const sa: MessageInput = {
  uniqueid: '7',
  state: 'ESTABLISHED',
  vips: ['10.0.0.1'],
  child: { name: 'net' },
  age: 3,
};

function plain(message: MessageInput): unknown {
  return decodeMessage(encodeMessage(message)).entries;
}

test.each<[string, MessageInput]>([
  ['another key first', { uniqueids: '7', state: 'ESTABLISHED', vips: ['10.0.0.1'], child: { name: 'net' } }],
  ['another key in the middle', { uniqueid: '7', State: 'CONNECTING', vips: [], child: {}, age: 3 }],
  ['a list where a key was', { uniqueid: '7', state: ['ESTABLISHED'], vips: ['10.0.0.1'] }],
  ['a key where a list was', { uniqueid: '7', state: 'ESTABLISHED', vips: '10.0.0.1' }],
  ['a key where a section was', { uniqueid: '7', state: 'ESTABLISHED', vips: [], child: 'net' }],
  ['a section where a key was', { uniqueid: { name: 'net' }, state: 'ESTABLISHED' }],
  ['fewer entries', { uniqueid: '7', state: 'ESTABLISHED' }],
  ['more entries', { ...sa, more: 'x' }],
  ['nothing', {}],
])('a message with %s than the one before is read as what it is', (_what, other) => {
  const alone = plain(other);
  for (let turn = 0; turn < 2; turn++) {
    expect(decodeMessage(encodeMessage(sa)).get('state')).toBe('ESTABLISHED');
    expect(plain(other)).toEqual(alone);
  }
});

test('the first of several entries of one name is found, in short sections and in long ones', () => {
  for (const filling of [0, 20]) {
    const keys = Array.from({ length: filling }, (_, index) => `${index}`);
    const twice = Buffer.concat([
      ...keys.map((key) => encodeMessage({ [`key-${key}`]: key })),
      encodeMessage({ name: 'first' }),
      encodeMessage({ name: 'second' }),
    ]);
    expect(decodeMessage(twice).get('name')).toBe('first');
    expect(decodeMessage(twice).get('names')).toBeUndefined();
  }
});

test('more kinds of sections than are remembered are still read', () => {
  for (let index = 0; index < 10_000; index++) {
    const message = decodeMessage(encodeMessage({ [`key-${index}`]: `${index}`, last: 'yes' }));
    expect(message.get(`key-${index}`)).toBe(`${index}`);
    expect(message.isYes('last')).toBe(true);
  }
});

test('values next to one that is not ASCII are what was sent', () => {
  const message = decodeMessage(
    encodeMessage({ id: 'CN=Zürich', state: 'ESTABLISHED', long: 'x'.repeat(5_000) }),
  );
  expect([message.get('id'), message.get('state')]).toEqual(['CN=Zürich', 'ESTABLISHED']);
  expect(message.get('long')).toHaveLength(5_000);
});

test('a section of a hundred thousand entries is no trouble', () => {
  const bytes = Buffer.concat(Array.from({ length: 100_000 }, () => encodeMessage({ k: 'v' })));
  const message = decodeMessage(bytes);
  expect(message.entries).toHaveLength(100_000);
  expect(message.get('k')).toBe('v');
});
