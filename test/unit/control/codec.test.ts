import { describe, expect, test } from 'vitest';
import { decode, encode } from '../../../src/control/codec.ts';

const LIMITS = { bytesMax: 1_000, depthMax: 4, itemsMax: 20 };
const PROTOCOL = expect.objectContaining({ code: 'CONTROL_PROTOCOL' });

describe('codec', () => {
  test('decodes what it encodes', () => {
    const value = { text: 'grüß', list: [1, -1, 1.5, 2 ** 32 - 1, true, null], inner: { a: {} } };
    expect(decode(encode(value, LIMITS), LIMITS)).toEqual(value);
  });

  test('refuses to send what the other end would refuse', () => {
    expect(() => encode('x'.repeat(1_000), LIMITS)).toThrow(PROTOCOL);
    expect(() => encode([[[[[]]]]], LIMITS)).toThrow(PROTOCOL);
    expect(() => encode(Array<null>(20).fill(null), LIMITS)).toThrow(PROTOCOL);
    expect(encode(Array<null>(19).fill(null), LIMITS)).toHaveLength(22);
    expect(() => encode({ bytes: Buffer.from('x') }, LIMITS)).toThrow(PROTOCOL);
  });

  test('a value without a form is a bug of ours', () => {
    expect(() => encode({ spi: 1n }, LIMITS)).toThrow(expect.objectContaining({ code: 'INVARIANT_BROKEN' }));
  });

  test('the key __proto__ is a key like any other', () => {
    // {"__proto__": {"admin": true}}
    const bytes = Buffer.concat([
      Buffer.from([0x81, 0xa9]),
      Buffer.from('__proto__'),
      Buffer.from([0x81, 0xa5]),
      Buffer.from('admin'),
      Buffer.from([0xc3]),
    ]);
    const decoded = Object(decode(bytes, LIMITS));
    expect(Object.getPrototypeOf(decoded)).toBeNull();
    expect(Object.keys(decoded)).toEqual(['__proto__']);
    expect(decoded.admin).toBeUndefined();
    expect(Object({}).admin).toBeUndefined();
  });

  test('refuses keys that are no text', () => {
    expect(() => decode(Buffer.from([0x81, 0x01, 0x01]), LIMITS)).toThrow(/a key that is no text/);
  });

  test('refuses what the guard refuses, before the decoder sees it', () => {
    // An ext value that msgpack-lite would make a RegExp of.
    expect(() => decode(Buffer.from([0xc7, 3, 0x0a, 0xa1, 0x61, 0xa0]), LIMITS)).toThrow(/ext/);
    expect(() => decode(Buffer.from([0xc0, 0xc0]), LIMITS)).toThrow(/bytes after its end/);
  });
});
