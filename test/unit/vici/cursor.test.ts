import { expect, test } from 'vitest';
import {
  decodeMessage,
  END,
  encodeMessage,
  KEY_VALUE,
  LIST_END,
  LIST_ITEM,
  LIST_START,
  MAX_SECTION_DEPTH,
  MessageCursor,
  NameSet,
  SECTION_END,
  SECTION_START,
} from '../../../src/vici/index.ts';

/** The example of the VICI README, "Encoding example", element by element. */
const README_EXAMPLE = Buffer.concat([
  Buffer.from([3, 4, ...Buffer.from('key1'), 0, 6, ...Buffer.from('value1')]),
  Buffer.from([1, 8, ...Buffer.from('section1')]),
  Buffer.from([1, 11, ...Buffer.from('sub-section')]),
  Buffer.from([3, 4, ...Buffer.from('key2'), 0, 6, ...Buffer.from('value2')]),
  Buffer.from([2]),
  Buffer.from([4, 5, ...Buffer.from('list1')]),
  Buffer.from([5, 0, 5, ...Buffer.from('item1')]),
  Buffer.from([5, 0, 5, ...Buffer.from('item2')]),
  Buffer.from([6]),
  Buffer.from([2]),
]);

test('walks the example of the VICI README', () => {
  const cursor = new MessageCursor(README_EXAMPLE);
  const seen: unknown[] = [];
  while (cursor.next() !== END) {
    const { kind } = cursor;
    const hasName = kind === KEY_VALUE || kind === SECTION_START || kind === LIST_START;
    const hasValue = kind === KEY_VALUE || kind === LIST_ITEM;
    seen.push([kind, hasName ? cursor.name() : '', hasValue ? cursor.text() : '', cursor.depth]);
  }
  expect(seen).toEqual([
    [KEY_VALUE, 'key1', 'value1', 0],
    [SECTION_START, 'section1', '', 1],
    [SECTION_START, 'sub-section', '', 2],
    [KEY_VALUE, 'key2', 'value2', 2],
    [SECTION_END, '', '', 1],
    [LIST_START, 'list1', '', 1],
    [LIST_ITEM, '', 'item1', 1],
    [LIST_ITEM, '', 'item2', 1],
    [LIST_END, '', '', 1],
    [SECTION_END, '', '', 0],
  ]);
  expect(cursor.next()).toBe(END);
});

test('nextField passes over what is not entered', () => {
  const cursor = new MessageCursor(README_EXAMPLE);
  expect(cursor.nextField()).toBe(true);
  expect(cursor.textIs('value1')).toBe(true);
  expect(cursor.nextField()).toBe(true);
  expect(cursor.nameIs('section1')).toBe(true);
  cursor.enter();
  expect(cursor.nextField()).toBe(true);
  expect(cursor.name()).toBe('sub-section');
  expect(cursor.nextField()).toBe(true);
  expect(cursor.name()).toBe('list1');
  expect(cursor.nextField()).toBe(false);
  expect(cursor.nextField()).toBe(false);
  expect(cursor.kind).toBe(END);
});

test('items reads a list to its end', () => {
  const bytes = encodeMessage({ list: ['x', 'y'], after: '1' });
  const cursor = new MessageCursor(bytes);
  cursor.nextField();
  expect(cursor.items()).toEqual(['x', 'y']);
  cursor.nextField();
  expect(cursor.name()).toBe('after');
});

test.each([
  ['0', 0],
  ['00017', 17],
  ['9007199254740991', Number.MAX_SAFE_INTEGER],
  ['18446744073709551615', Number.MAX_SAFE_INTEGER],
])('number reads %s', (text, number) => {
  const cursor = new MessageCursor(encodeMessage({ key: text }));
  cursor.next();
  expect(cursor.number()).toBe(number);
});

test.each(['', '-1', '1.5', 'x', '1 '])('number refuses "%s"', (text) => {
  const cursor = new MessageCursor(encodeMessage({ key: text }));
  cursor.next();
  expect(() => cursor.number()).toThrow(expect.objectContaining({ code: 'VICI_PROTOCOL' }));
});

test('nameIn tells the names of a set from all others', () => {
  const keys = new NameSet('state', 'stale', 'up', 'a');
  const message = { state: '', stale: '', stage: '', up: '', u: '', a: '', '': {} };
  const cursor = new MessageCursor(encodeMessage(message));
  const seen: (string | undefined)[] = [];
  while (cursor.nextField()) seen.push(cursor.nameIn(keys));
  expect(seen).toEqual(['state', 'stale', undefined, 'up', undefined, 'a', undefined]);
});

test('asks for values, lists and sections only where they are', () => {
  const cursor = new MessageCursor(encodeMessage({ section: {}, key: '1' }));
  const refused = expect.objectContaining({ code: 'VICI_PROTOCOL' });
  expect(() => cursor.text()).toThrow(refused);
  cursor.nextField();
  expect(() => cursor.value()).toThrow(refused);
  expect(() => cursor.items()).toThrow(refused);
  cursor.nextField();
  expect(() => cursor.enter()).toThrow(refused);
});

const key = [3, 1, 97, 0, 1, 98];
const BROKEN: Record<string, number[]> = {
  'an unknown element': [7],
  'element 0': [0],
  'a section never closed': [1, 1, 97],
  'a section closed twice': [1, 1, 97, 2, 2],
  'a list never closed': [4, 1, 97],
  'a list in a list': [4, 1, 97, 4, 1, 98, 6, 6],
  'a key in a list': [4, 1, 97, ...key, 6],
  'a section in a list': [4, 1, 97, 1, 1, 98, 2, 6],
  'the end of a section in a list': [1, 1, 97, 4, 1, 97, 2],
  'an item outside a list': [5, 0, 1, 97],
  'the end of a list outside a list': [6],
  'a key without a name': [3, 0, 0, 1, 98],
  'a list without a name': [4, 0, 6],
  'no length of the name': [3],
  'a name cut off': [3, 2, 97],
  'no length of the value': [3, 1, 97],
  'half a length of the value': [3, 1, 97, 0],
  'a value cut off': [3, 1, 97, 0, 2, 98],
  'a good key before rubbish': [...key, 9],
};

test.each(Object.entries(BROKEN))('refuses %s, each time it is asked', (_, bytes) => {
  const cursor = new MessageCursor(Buffer.from(bytes));
  const walk = (): void => {
    while (cursor.next() !== END);
  };
  const refused = expect.objectContaining({ code: 'VICI_PROTOCOL', fault: 'charon' });
  expect(walk).toThrow(refused);
  expect(walk).toThrow(refused);
  expect(() => decodeMessage(Buffer.from(bytes))).toThrow(refused);
});

test('takes sections 32 deep and not 33', () => {
  const nested = (depth: number): Buffer =>
    Buffer.concat([...Array.from({ length: depth }, () => Buffer.from([1, 1, 97])), Buffer.alloc(depth, 2)]);
  expect(decodeMessage(nested(MAX_SECTION_DEPTH)).section('a')).toBeDefined();
  expect(() => decodeMessage(nested(MAX_SECTION_DEPTH + 1))).toThrow(
    expect.objectContaining({ code: 'VICI_PROTOCOL' }),
  );
});

test('reads a part of a buffer and never past it', () => {
  const padded = Buffer.concat([Buffer.from([9, 9]), Buffer.from(key), Buffer.from([9])]);
  expect(decodeMessage(new MessageCursor(padded, 2, 2 + key.length)).get('a')).toBe('b');
  expect(() => decodeMessage(new MessageCursor(padded, 2, 1 + key.length))).toThrow(/ends inside a value/);
});

test('text is compared with ASCII only: a byte is no character beyond it', () => {
  const cursor = new MessageCursor(encodeMessage({ id: Buffer.from([0xe9]) }));
  cursor.nextField();
  expect([cursor.textIs('\u00e9'), cursor.textStartsWith('\u00e9')]).toEqual([false, false]);
});

test('the beginning of a value', () => {
  const cursor = new MessageCursor(encodeMessage({ msg: 'sending packet' }));
  cursor.nextField();
  const beginnings = ['', 'send', 'sending packet', 'sending packets', 'ending'];
  expect(beginnings.map((beginning) => cursor.textStartsWith(beginning))).toEqual([
    true,
    true,
    true,
    false,
    false,
  ]);
});
