/**
 * One packet: a type, a name where the type has one, a message where the type has one.
 *
 * Source: VICI README, "Packet layer". Knows nothing of streams of packets (`framing.ts`).
 */
import { MessageCursor } from './cursor.ts';
import { checkName } from './encode.ts';
import { encodeError, protocolError } from './errors.ts';
import { nameCache } from './text.ts';
import { LENGTH_PREFIX_BYTES, MAX_PACKET_BYTES, PACKET_TYPES } from './wire.ts';

/** A packet as it was received; the body is read only when somebody moves its cursor. */
export type Packet =
  | { readonly type: 'CMD_REQUEST' | 'EVENT'; readonly name: string; readonly body: MessageCursor }
  | { readonly type: 'CMD_RESPONSE'; readonly body: MessageCursor }
  | { readonly type: 'EVENT_REGISTER' | 'EVENT_UNREGISTER'; readonly name: string }
  | { readonly type: 'CMD_UNKNOWN' | 'EVENT_CONFIRM' | 'EVENT_UNKNOWN' };

/** A packet to send; the body is an encoded message. */
export type OutgoingPacket =
  | { readonly type: 'CMD_REQUEST' | 'EVENT'; readonly name: string; readonly body?: Uint8Array }
  | { readonly type: 'CMD_RESPONSE'; readonly body?: Uint8Array }
  | { readonly type: 'EVENT_REGISTER' | 'EVENT_UNREGISTER'; readonly name: string }
  | { readonly type: 'CMD_UNKNOWN' | 'EVENT_CONFIRM' | 'EVENT_UNKNOWN' };

const NO_BODY = Buffer.alloc(0);

/** The packet in `bytes[start..end)`, a frame without its length prefix. @throws VICI_PROTOCOL */
export function decodePacket(bytes: Buffer, start = 0, end: number = bytes.length): Packet {
  const type = PACKET_TYPES[bytes[start] ?? PACKET_TYPES.length];
  if (start >= end || type === undefined) throw protocolError('a packet of unknown type', start);
  const after = start + 1;
  switch (type) {
    case 'CMD_RESPONSE':
      return { type, body: new MessageCursor(bytes, after, end) };
    case 'CMD_REQUEST':
    case 'EVENT': {
      const nameEnd = endOfName(bytes, after, end);
      const name = nameCache.read(bytes, after + 1, nameEnd);
      return { type, name, body: new MessageCursor(bytes, nameEnd, end) };
    }
    case 'EVENT_REGISTER':
    case 'EVENT_UNREGISTER': {
      const nameEnd = endOfName(bytes, after, end);
      if (nameEnd < end) throw protocolError(`a ${type} with more than a name`, nameEnd);
      return { type, name: nameCache.read(bytes, after + 1, nameEnd) };
    }
    default:
      if (after < end) throw protocolError(`a ${type} with more than its type`, after);
      return { type };
  }
}

/** Bytes of a packet with its length prefix, ready to be written. @throws VICI_ENCODE */
export function encodePacket(packet: OutgoingPacket): Buffer {
  const name = 'name' in packet ? packet.name : undefined;
  const body = ('body' in packet ? packet.body : undefined) ?? NO_BODY;
  if (name !== undefined) {
    if (name.length === 0) throw encodeError(`a ${packet.type} without a name`);
    checkName(name);
  }
  const length = 1 + (name === undefined ? 0 : 1 + name.length) + body.length;
  if (length > MAX_PACKET_BYTES) {
    throw encodeError(`a packet of ${length} bytes, at most ${MAX_PACKET_BYTES} fit`);
  }
  const bytes = Buffer.allocUnsafe(LENGTH_PREFIX_BYTES + length);
  let at = bytes.writeUInt32BE(length, 0);
  at = bytes.writeUInt8(PACKET_TYPES.indexOf(packet.type), at);
  if (name !== undefined) {
    at = bytes.writeUInt8(name.length, at);
    at += bytes.write(name, at, 'latin1');
  }
  bytes.set(body, at);
  return bytes;
}

function endOfName(bytes: Buffer, at: number, end: number): number {
  const length = at < end ? (bytes[at] as number) : 0;
  if (length === 0) throw protocolError('a packet without its name', at);
  const nameEnd = at + 1 + length;
  if (nameEnd > end) throw protocolError('a packet that ends inside its name', at);
  return nameEnd;
}
