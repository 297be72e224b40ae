import { expect, test } from 'vitest';
import {
  decodeMessage,
  decodePacket,
  encodeMessage,
  encodePacket,
  FrameReader,
  MAX_PACKET_BYTES,
  type OutgoingPacket,
} from '../../../src/vici/index.ts';

const body = encodeMessage({ key: 'value' });

test.each<[number, OutgoingPacket]>([
  [0, { type: 'CMD_REQUEST', name: 'version', body }],
  [1, { type: 'CMD_RESPONSE', body }],
  [2, { type: 'CMD_UNKNOWN' }],
  [3, { type: 'EVENT_REGISTER', name: 'log' }],
  [4, { type: 'EVENT_UNREGISTER', name: 'log' }],
  [5, { type: 'EVENT_CONFIRM' }],
  [6, { type: 'EVENT_UNKNOWN' }],
  [7, { type: 'EVENT', name: 'log', body }],
])('packet type %d goes out and comes in', (byte, packet) => {
  const bytes = encodePacket(packet);
  expect(bytes.readUInt32BE(0)).toBe(bytes.length - 4);
  expect(bytes[4]).toBe(byte);
  const decoded = decodePacket(bytes.subarray(4));
  expect(decoded).toMatchObject({ type: packet.type, ...('name' in packet ? { name: packet.name } : {}) });
  if ('body' in packet) expect('body' in decoded && decodeMessage(decoded.body).get('key')).toBe('value');
});

test.each([
  ['nothing', []],
  ['type 8', [8]],
  ['type 255', [255]],
  ['a request without a name', [0]],
  ['a request with an empty name', [0, 0]],
  ['an event cut off in its name', [7, 4, 108]],
  ['a registration with a message', [3, 1, 97, 3]],
  ['a confirmation with a message', [5, 3]],
  ['an unknown command with a message', [2, 1]],
])('refuses %s', (_, bytes) => {
  expect(() => decodePacket(Buffer.from(bytes))).toThrow(expect.objectContaining({ code: 'VICI_PROTOCOL' }));
});

test('names of packets have 1 to 255 characters', () => {
  const register = (length: number) => encodePacket({ type: 'EVENT_REGISTER', name: 'e'.repeat(length) });
  const refused = expect.objectContaining({ code: 'VICI_ENCODE' });
  expect(decodePacket(register(255).subarray(4))).toMatchObject({ name: 'e'.repeat(255) });
  expect(register(1)).toHaveLength(7);
  expect(() => register(0)).toThrow(refused);
  expect(() => register(256)).toThrow(refused);
  expect(() => encodePacket({ type: 'CMD_REQUEST', name: 'ä' })).toThrow(refused);
});

test('a packet of 524,288 bytes goes out and comes in, one more does neither', () => {
  const largest = encodePacket({ type: 'CMD_RESPONSE', body: Buffer.alloc(MAX_PACKET_BYTES - 1, 2) });
  const frames = new FrameReader();
  frames.push(largest);
  expect(frames.next()).toBe(true);
  expect(frames.end - frames.start).toBe(MAX_PACKET_BYTES);
  expect(() => encodePacket({ type: 'CMD_RESPONSE', body: Buffer.alloc(MAX_PACKET_BYTES) })).toThrow(
    expect.objectContaining({ code: 'VICI_ENCODE' }),
  );
  frames.push(Buffer.from([0, 8, 0, 1]));
  expect(() => frames.next()).toThrow(expect.objectContaining({ code: 'VICI_PROTOCOL' }));
});

test.each([0, MAX_PACKET_BYTES + 1, 0xffffffff])(
  'refuses a length of %d from its 4 bytes alone',
  (length) => {
    const prefix = Buffer.alloc(4);
    prefix.writeUInt32BE(length);
    const frames = new FrameReader();
    for (const byte of prefix.subarray(0, 3)) frames.push(Buffer.of(byte));
    expect(frames.next()).toBe(false);
    frames.push(prefix.subarray(3));
    expect(() => frames.next()).toThrow(expect.objectContaining({ code: 'VICI_PROTOCOL' }));
  },
);

test('hands out a frame of one chunk where it lies, and gathers one of many', () => {
  const packet = encodePacket({ type: 'EVENT_REGISTER', name: 'list-sa' });
  const frames = new FrameReader();
  frames.push(packet);
  expect(frames.next()).toBe(true);
  expect(frames.bytes).toBe(packet);
  expect(frames.isInsideFrame).toBe(false);
  for (const byte of packet) {
    expect(frames.next()).toBe(false);
    frames.push(Buffer.of(byte));
  }
  expect(frames.next()).toBe(true);
  expect(frames.bytes.subarray(frames.start, frames.end)).toEqual(packet.subarray(4));
  frames.push(packet.subarray(0, 5));
  expect([frames.next(), frames.isInsideFrame]).toEqual([false, true]);
});

test('what was handed out stays as it was', () => {
  const frames = new FrameReader();
  const first = encodePacket({ type: 'EVENT_REGISTER', name: 'first' });
  frames.push(first.subarray(0, 7));
  frames.next();
  frames.push(first.subarray(7));
  frames.next();
  const kept = decodePacket(frames.bytes, frames.start, frames.end);
  const second = encodePacket({ type: 'EVENT_REGISTER', name: 'other' });
  frames.push(second.subarray(0, 7));
  frames.next();
  frames.push(second.subarray(7));
  expect(frames.next()).toBe(true);
  expect(kept).toMatchObject({ name: 'first' });
});
