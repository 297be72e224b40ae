import { describe, expect, test } from 'vitest';
import { FrameReader, frame } from '../../../src/control/frames.ts';

function prefix(length: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(length);
  return bytes;
}

describe('frame', () => {
  test('puts the length in front', () => {
    expect(frame(Buffer.from('abc'), 3)).toEqual(Buffer.from('\u0000\u0000\u0000\u0003abc'));
  });

  test('is as long as allowed, and no longer', () => {
    expect(frame(Buffer.alloc(10), 10)).toHaveLength(14);
    expect(() => frame(Buffer.alloc(11), 10)).toThrow(expect.objectContaining({ code: 'CONTROL_PROTOCOL' }));
    expect(() => frame(Buffer.alloc(0), 10)).toThrow(expect.objectContaining({ code: 'CONTROL_PROTOCOL' }));
  });
});

describe('FrameReader', () => {
  test('hands out the frames of one chunk in order', () => {
    const reader = new FrameReader(10);
    reader.push(Buffer.concat([frame(Buffer.from('one'), 10), frame(Buffer.from('two'), 10)]));
    expect(String(reader.next())).toBe('one');
    expect(reader.isInsideFrame).toBe(true);
    expect(String(reader.next())).toBe('two');
    expect(reader.next()).toBeUndefined();
    expect(reader.isInsideFrame).toBe(false);
  });

  test('lets the longest frame through and refuses a longer one by its prefix alone', () => {
    const reader = new FrameReader(10);
    reader.push(frame(Buffer.alloc(10, 1), 10));
    expect(reader.next()).toEqual(Buffer.alloc(10, 1));
    reader.push(prefix(11));
    expect(() => reader.next()).toThrow(/a frame of 11 bytes, where at most 10/);
  });

  test('refuses an empty frame', () => {
    const reader = new FrameReader(10);
    reader.push(prefix(0));
    expect(() => reader.next()).toThrow(expect.objectContaining({ code: 'CONTROL_PROTOCOL' }));
  });

  test('is inside a frame from its first byte on', () => {
    const reader = new FrameReader(10);
    expect(reader.isInsideFrame).toBe(false);
    reader.push(Buffer.alloc(0));
    expect(reader.isInsideFrame).toBe(false);
    reader.push(Buffer.from([0]));
    expect(reader.isInsideFrame).toBe(true);
  });
});
