import { describe, expect, test } from 'vitest';
import { refusal } from '../../../src/control/guard.ts';

const LIMITS = { bytesMax: 64 * 1024, depthMax: 16, itemsMax: 1_000 };
const NIL = 0xc0;

function check(...bytes: readonly number[]): string | null {
  return refusal(Uint8Array.from(bytes), LIMITS);
}

/** `depth` arrays of one inside each other, and null in the innermost. */
function nested(depth: number): Uint8Array {
  return Uint8Array.from([...Array<number>(depth).fill(0x91), NIL]);
}

describe('refusal', () => {
  test.each([
    ['null', [NIL]],
    ['a number', [0x7f]],
    ['a negative number', [0xff]],
    ['booleans', [0x92, 0xc2, 0xc3]],
    ['an empty array', [0x90]],
    ['an empty map', [0x80]],
    ['a map', [0x81, 0xa1, 0x61, 0x01]],
    ['an empty text', [0xa0]],
    ['text 8', [0xd9, 1, 0x61]],
    ['text 16', [0xda, 0, 1, 0x61]],
    ['text 32', [0xdb, 0, 0, 0, 1, 0x61]],
    ['array 16', [0xdc, 0, 1, NIL]],
    ['array 32', [0xdd, 0, 0, 0, 1, NIL]],
    ['map 16', [0xde, 0, 1, NIL, NIL]],
    ['map 32', [0xdf, 0, 0, 0, 1, NIL, NIL]],
    ['uint 8', [0xcc, 1]],
    ['uint 16', [0xcd, 1, 2]],
    ['uint 32', [0xce, 1, 2, 3, 4]],
    ['uint 64', [0xcf, 1, 2, 3, 4, 5, 6, 7, 8]],
    ['int 8', [0xd0, 1]],
    ['int 16', [0xd1, 1, 2]],
    ['int 32', [0xd2, 1, 2, 3, 4]],
    ['int 64', [0xd3, 1, 2, 3, 4, 5, 6, 7, 8]],
    ['float 32', [0xca, 1, 2, 3, 4]],
    ['float 64', [0xcb, 1, 2, 3, 4, 5, 6, 7, 8]],
  ])('lets %s through, and refuses it one byte shorter or longer', (_, bytes) => {
    expect(check(...bytes)).toBeNull();
    expect(check(...bytes, NIL)).toBe('with bytes after its end');
    expect(check(...bytes.slice(0, -1))).toMatch(/^that (ends early|claims more values)/);
  });

  test.each([0xc1, 0xc4, 0xc5, 0xc6, 0xc7, 0xc8, 0xc9, 0xd4, 0xd5, 0xd6, 0xd7, 0xd8])(
    'refuses type %i: never used, binary and ext',
    (type) => {
      expect(check(type, 1, 1, 1, 1, 1)).toBe('with a binary, ext or unknown type');
    },
  );

  test('refuses a claim of more values than bytes are left, whatever kind of header makes it', () => {
    const claim = 'that claims more values than it has bytes';
    expect(check(0x92, NIL)).toBe(claim);
    expect(check(0x81, NIL)).toBe(claim);
    expect(check(0xdc, 0xff, 0xff, NIL)).toBe(claim);
    expect(check(0xdd, 0xff, 0xff, 0xff, 0xff, NIL)).toBe(claim);
    expect(check(0xdf, 0xff, 0xff, 0xff, 0xff, NIL)).toBe(claim);
  });

  test('refuses a heap bomb: nested arrays that each claim all bytes left', () => {
    const bomb = Buffer.alloc(64 * 1024);
    for (let at = 0; at + 5 <= bomb.length; at += 5) {
      bomb[at] = 0xdd;
      bomb.writeUInt32BE(bomb.length - at - 5, at + 1);
    }
    expect(refusal(bomb, LIMITS)).toBe('that claims more values than it has bytes');
  });

  test('refuses claims that only together are more than the bytes left', () => {
    // Two arrays of three claim six values; five bytes are there.
    expect(check(0x92, 0x93, NIL, NIL, NIL, 0x93, NIL, NIL)).toBe(
      'that claims more values than it has bytes',
    );
    expect(check(0x92, 0x93, NIL, NIL, NIL, 0x93, NIL, NIL, NIL)).toBeNull();
  });

  test('is as deep as allowed, and no deeper', () => {
    expect(refusal(nested(16), LIMITS)).toBeNull();
    expect(refusal(nested(17), LIMITS)).toBe('nested more than 16 levels deep');
    expect(refusal(nested(10_000), LIMITS)).toBe('nested more than 16 levels deep');
  });

  test('counts depth, not arrays in a row', () => {
    const row = Uint8Array.from([0xdc, 0, 100, ...Array<number>(100).fill(0x90)]);
    expect(refusal(row, LIMITS)).toBeNull();
  });

  test('has as many values as allowed, and no more', () => {
    const arrayOf = (count: number) =>
      Uint8Array.from([0xdc, count >> 8, count & 0xff, ...Array<number>(count).fill(NIL)]);
    expect(refusal(arrayOf(999), LIMITS)).toBeNull();
    expect(refusal(arrayOf(1_000), LIMITS)).toBe('with more than 1000 values');
  });

  test('is as long as allowed, and no longer', () => {
    const limits = { ...LIMITS, bytesMax: 3 };
    expect(refusal(Uint8Array.from([0xa2, 0x61, 0x61]), limits)).toBeNull();
    expect(refusal(Uint8Array.from([0xa3, 0x61, 0x61, 0x61]), limits)).toBe('of 4 bytes');
  });

  test('refuses nothing at all', () => {
    expect(check()).toBe('that ends early');
  });
});
