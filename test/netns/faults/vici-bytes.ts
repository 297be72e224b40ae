/**
 * Bytes on the VICI socket that no charon sends (VICI README, "Packet format" and "Message format").
 */
import { encodeMessage, encodePacket } from '../../../src/vici/index.ts';
import { Dice } from '../../sim/dice.ts';

/** Packet types and element types by their numbers in the VICI README. */
const CMD_RESPONSE = 1;
const EVENT_CONFIRM = 5;
const EVENT = 7;
const SECTION_START = 1;
const SECTION_END = 2;
const KEY_VALUE = 3;
const LIST_START = 4;
const LIST_ITEM = 5;

const LENGTH_MAX = 512 * 1024;

/** Bytes by what is wrong with them. */
export const HOSTILE_BYTES: Readonly<Record<string, Uint8Array>> = {
  'a packet of 4 GiB': Buffer.from([0xff, 0xff, 0xff, 0xff]),
  'a packet a byte too long': lengthOf(LENGTH_MAX + 1),
  'an empty packet': lengthOf(0),
  'a packet of no type': packet([42]),
  'an answer to nothing': packet([CMD_RESPONSE]),
  'a confirmation of nothing': packet([EVENT_CONFIRM]),
  'an event with half a name': packet([EVENT, 200, 0x69]),
  'an event that nobody asked for': encodePacket({
    type: 'EVENT',
    name: 'doomsday',
    body: encodeMessage({}),
  }),
  'an event with a text of 64 KiB that ends early': event([KEY_VALUE, 1, 0x61, 0xff, 0xff, 0x62]),
  'an event with an element of no type': event([99]),
  'an event that ends sections it has not begun': event([SECTION_END, SECTION_END]),
  'an event with a list item and no list': event([LIST_ITEM, 0, 1, 0x61]),
  'an event with a list that never ends': event([LIST_START, 1, 0x61]),
  'sections inside each other, 100,000 of them': event(repeated([SECTION_START, 1, 0x61], 100_000)),
  'an event of half a million keys': event(repeated([KEY_VALUE, 1, 0x61, 0, 0], 100_000)),
  'an IKE_SA that is a text': encodePacket({
    type: 'EVENT',
    name: 'ike-updown',
    body: encodeMessage({ up: 'yes', 'peer-0001': 'a text' }),
  }),
  'an IKE_SA of nothing': encodePacket({
    type: 'EVENT',
    name: 'ike-updown',
    body: encodeMessage({ up: 'yes', 'peer-0001': {} }),
  }),
  'the end of a tunnel that stands': encodePacket({
    type: 'EVENT',
    name: 'ike-updown',
    body: encodeMessage({
      'peer-0001': { uniqueid: '1', version: '2', state: 'DELETING', 'child-sas': {}, initiator: 'yes' },
    }),
  }),
  'half a packet, and then charon goes on': Buffer.from([0, 0, 1, 0, EVENT, 3]),
};

/** A thousand bytes of chance, the same for the same `seed`. */
export function randomBytes(seed: string): Uint8Array {
  const dice = new Dice(seed);
  return Uint8Array.from({ length: 1_000 }, () => dice.integer(0, 255));
}

function lengthOf(length: number): Buffer {
  const prefix = Buffer.alloc(4);
  prefix.writeUInt32BE(length);
  return prefix;
}

function packet(bytes: readonly number[]): Buffer {
  return Buffer.concat([lengthOf(bytes.length), Uint8Array.from(bytes)]);
}

/** An `ike-updown` with these bytes as its message. */
function event(body: readonly number[]): Buffer {
  const name = Buffer.from('ike-updown');
  return packet([EVENT, name.length, ...name, ...body]);
}

function repeated(bytes: readonly number[], count: number): number[] {
  return Array.from({ length: count }, () => bytes).flat();
}
