import { expect, test } from 'vitest';
import {
  decodeMessage,
  encodeMessage,
  MAX_NAME_BYTES,
  MAX_PACKET_BYTES,
  MAX_SECTION_DEPTH,
  MAX_VALUE_BYTES,
  type MessageInput,
  Section,
} from '../../../src/vici/index.ts';

const refused = expect.objectContaining({ code: 'VICI_ENCODE', fault: 'afteryou' });

test('two sections of one name both come out, in their order', () => {
  const sa = (uniqueid: string): Section =>
    Section.of('branches', [{ kind: 'value', name: 'uniqueid', value: uniqueid }]);
  const bytes = encodeMessage(Section.of('', [sa('1'), sa('2')]));
  const message = decodeMessage(bytes);
  expect(message.sections('branches').map((section) => section.get('uniqueid'))).toEqual(['1', '2']);
  expect(message.section('branches')?.get('uniqueid')).toBe('1');
  expect(encodeMessage(message)).toEqual(bytes);
});

test('a plain object becomes keys, lists and sections', () => {
  const message = decodeMessage(
    encodeMessage({
      text: 'über',
      number: -1,
      big: 2n ** 64n,
      on: true,
      off: false,
      left: undefined,
      bytes: Buffer.from('raw'),
      list: ['a', 1, true],
      empty: [],
      section: { inner: { key: 'v' } },
      tree: Section.of('ignored', [{ kind: 'value', name: 'k', value: 'v' }]),
    }),
  );
  expect(message.entries.map((entry) => `${entry.kind} ${entry.name}`)).toEqual([
    'value text',
    'value number',
    'value big',
    'value on',
    'value off',
    'value bytes',
    'list list',
    'list empty',
    'section section',
    'section tree',
  ]);
  expect(message.get('text')).toBe('über');
  expect(message.number('number')).toBe(-1);
  expect(message.get('big')).toBe('18446744073709551616');
  expect([message.isYes('on'), message.isYes('off'), message.isYes('absent')]).toEqual([true, false, false]);
  expect(message.get('off')).toBe('no');
  expect(message.list('list')).toEqual(['a', '1', 'yes']);
  expect(message.list('empty')).toEqual([]);
  expect(message.section('section')?.section('inner')?.get('key')).toBe('v');
  expect(message.section('tree')?.get('k')).toBe('v');
});

test('a lookup finds only its own kind', () => {
  const message = decodeMessage(encodeMessage({ key: '1', list: ['2'], section: {} }));
  expect(message.get('list')).toBeUndefined();
  expect(message.list('section')).toBeUndefined();
  expect(message.section('key')).toBeUndefined();
  expect(message.number('section')).toBeUndefined();
  expect(message.bytes('absent')).toBeUndefined();
  expect(decodeMessage(encodeMessage({ key: '4 weeks' })).number('key')).toBeUndefined();
});

test.each<[string, number | undefined]>([
  ['0', 0],
  ['-7', -7],
  ['9'.repeat(20), 1e20],
  ['9'.repeat(21), undefined],
  ['-', undefined],
  ['', undefined],
  ['1.5', undefined],
  ['1e3', undefined],
  [' 1', undefined],
  ['/', undefined],
  [':', undefined],
])('%j as a number is %j', (text, number) => {
  expect(decodeMessage(encodeMessage({ key: text })).number('key')).toBe(number);
});

test('values that are no UTF-8 stay bytes, and read as text have U+FFFD', () => {
  const bytes = encodeMessage({ der: Buffer.from([0x30, 0x82, 0xff]), list: [Buffer.from([0xc3])] });
  const message = decodeMessage(bytes);
  expect(message.bytes('der')).toEqual(Uint8Array.of(0x30, 0x82, 0xff));
  expect(message.get('der')).toBe('0\ufffd\ufffd');
  expect(message.list('list')).toEqual(['\ufffd']);
  expect(encodeMessage(message)).toEqual(bytes);
});

test('U+FFFD that was really sent is text', () => {
  const message = decodeMessage(encodeMessage({ key: '\ufffd' }));
  expect(message.entries[0]).toEqual({ kind: 'value', name: 'key', value: '\ufffd' });
});

const named = (length: number): MessageInput => ({ ['n'.repeat(length)]: 'v' });
const nested = (depth: number): MessageInput => (depth === 0 ? {} : { s: nested(depth - 1) });

test('names have 1 to 255 characters, those of sections may be empty', () => {
  expect(decodeMessage(encodeMessage(named(1))).get('n')).toBe('v');
  expect(decodeMessage(encodeMessage(named(MAX_NAME_BYTES))).get('n'.repeat(MAX_NAME_BYTES))).toBe('v');
  expect(() => encodeMessage(named(MAX_NAME_BYTES + 1))).toThrow(refused);
  expect(() => encodeMessage({ '': 'v' })).toThrow(refused);
  expect(() => encodeMessage({ '': ['v'] })).toThrow(refused);
  expect(
    decodeMessage(encodeMessage({ '': { k: 'v' } }))
      .section('')
      ?.get('k'),
  ).toBe('v');
});

test.each(['tübingen', 'a\nb', 'a\0', '\u007f', '😀'])('refuses the name %j', (name) => {
  expect(() => encodeMessage({ [name]: 'v' })).toThrow(refused);
});

test('takes the characters that charon takes in names', () => {
  const name = 'a.b c/d:e@f#g=h,{i}~!';
  expect(decodeMessage(encodeMessage({ [name]: {} })).section(name)).toBeDefined();
});

test('values have 0 to 65,535 bytes', () => {
  const value = 'v'.repeat(MAX_VALUE_BYTES);
  expect(decodeMessage(encodeMessage({ empty: '', value })).get('value')).toBe(value);
  expect(decodeMessage(encodeMessage({ empty: '', value })).get('empty')).toBe('');
  expect(() => encodeMessage({ value: `${value}v` })).toThrow(refused);
  expect(() => encodeMessage({ list: [Buffer.alloc(MAX_VALUE_BYTES + 1)] })).toThrow(refused);
  expect(() => encodeMessage({ umlauts: 'ü'.repeat(32_768) })).toThrow(refused);
  expect(decodeMessage(encodeMessage({ umlauts: 'ü'.repeat(32_767) })).get('umlauts')).toHaveLength(32_767);
});

test('sections nest 32 deep and not 33', () => {
  expect(encodeMessage(nested(MAX_SECTION_DEPTH))).toHaveLength(MAX_SECTION_DEPTH * 4);
  expect(() => encodeMessage(nested(MAX_SECTION_DEPTH + 1))).toThrow(refused);
});

test('a message ends at 512 KiB', () => {
  // Each key costs 4 + 65,535 + ... bytes; the last one makes up the rest.
  const values = Object.fromEntries(
    Array.from({ length: 7 }, (_, index) => [`k${index}`, Buffer.alloc(MAX_VALUE_BYTES)]),
  );
  const used = encodeMessage(values).length;
  const rest = MAX_PACKET_BYTES - used - 6;
  expect(encodeMessage({ ...values, r1: Buffer.alloc(rest) })).toHaveLength(MAX_PACKET_BYTES);
  expect(() => encodeMessage({ ...values, r1: Buffer.alloc(rest + 1) })).toThrow(refused);
});

test.each([1.5, Number.NaN, Number.POSITIVE_INFINITY, 2 ** 53])('refuses the number %d', (number) => {
  expect(() => encodeMessage({ number })).toThrow(refused);
});

test('refuses half a surrogate pair and names the key, not the value', () => {
  const secret = 'hunter2\ud800';
  let text = '';
  try {
    encodeMessage({ data: secret });
  } catch (error) {
    text = String(error);
  }
  expect(text).toContain('"data"');
  expect(text).not.toContain('hunter2');
});
