import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { decode, encode } from '../../../src/control/codec.ts';
import { FrameReader, frame } from '../../../src/control/frames.ts';
import { refusal } from '../../../src/control/guard.ts';
import { REQUEST_LIMITS } from '../../../src/control/limits.ts';
import { AfteryouError } from '../../../src/errors.ts';

/** Bytes that often look like headers, so that a good part of them gets past the first few. */
const headerish = fc
  .array(
    fc.oneof(
      fc.integer({ min: 0x80, max: 0xa2 }),
      fc.constantFrom(
        0xc0,
        0xc2,
        0xc3,
        0xca,
        0xcb,
        0xcc,
        0xcd,
        0xce,
        0xcf,
        0xd9,
        0xda,
        0xdc,
        0xdd,
        0xde,
        0xdf,
      ),
      fc.integer({ min: 0, max: 3 }),
      fc.integer({ min: 0, max: 255 }),
    ),
    { maxLength: 40 },
  )
  .map((bytes) => Buffer.from(bytes));

const plain = fc.letrec((tie) => ({
  value: fc.oneof(
    { depthSize: 'small', maxDepth: 8 },
    fc.string({ unit: 'grapheme' }),
    fc.integer(),
    fc.double({ noNaN: true }),
    fc.boolean(),
    fc.constant(null),
    fc.array(tie('value'), { maxLength: 5 }),
    fc.dictionary(fc.string(), tie('value'), { maxKeys: 5, noNullPrototype: false }),
  ),
})).value;

describe('guard and codec', () => {
  test('any bytes give a value or CONTROL_PROTOCOL; what the guard lets through, the decoder can read', () => {
    let passed = 0;
    fc.assert(
      fc.property(headerish, (bytes) => {
        const refused = refusal(bytes, REQUEST_LIMITS);
        try {
          decode(bytes, REQUEST_LIMITS);
          expect(refused).toBeNull();
          passed += 1;
        } catch (error) {
          expect(error).toBeInstanceOf(AfteryouError);
          // Past the guard only a key that is no text is still refused.
          if (refused === null) expect(String(error)).toContain('a key that is no text');
        }
      }),
      { numRuns: 5_000 },
    );
    // Otherwise this test would only have tried refusals.
    expect(passed).toBeGreaterThan(50);
  });

  test('plain values come back as they were', () => {
    fc.assert(
      fc.property(plain, (value) => {
        const decoded = decode(encode(value, REQUEST_LIMITS), REQUEST_LIMITS);
        expect(JSON.stringify(decoded)).toBe(JSON.stringify(value));
      }),
    );
  });

  test('a message cut short or made longer is refused', () => {
    fc.assert(
      fc.property(plain, fc.nat(), fc.uint8Array({ minLength: 1, maxLength: 8 }), (value, at, more) => {
        const bytes = encode(value, REQUEST_LIMITS);
        expect(refusal(bytes.subarray(0, at % bytes.length), REQUEST_LIMITS)).not.toBeNull();
        expect(refusal(Buffer.concat([bytes, more]), REQUEST_LIMITS)).not.toBeNull();
      }),
    );
  });
});

describe('frames', () => {
  test('come out the same however the stream is cut', () => {
    const payloads = fc.array(fc.uint8Array({ minLength: 1, maxLength: 300 }), { maxLength: 8 });
    const cuts = fc.array(fc.integer({ min: 1, max: 200 }), { minLength: 1, maxLength: 20 });
    fc.assert(
      fc.property(payloads, cuts, (sent, sizes) => {
        const stream = Buffer.concat(sent.map((payload) => frame(Buffer.from(payload), 300)));
        const reader = new FrameReader(300);
        const received: number[][] = [];
        for (let at = 0, turn = 0; at < stream.length; turn++) {
          const size = sizes[turn % sizes.length] ?? 1;
          reader.push(stream.subarray(at, at + size));
          at += size;
          for (let payload = reader.next(); payload !== undefined; payload = reader.next()) {
            received.push([...payload]);
          }
        }
        expect(received).toEqual(sent.map((payload) => [...payload]));
        expect(reader.isInsideFrame).toBe(false);
      }),
    );
  });
});
