import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  decodeMessage,
  decodePacket,
  type Entry,
  encodeMessage,
  encodePacket,
  FrameReader,
  type Packet,
  readChildRekey,
  readConnection,
  readIkeRekey,
  readListSa,
  readLog,
  readUpdown,
  Section,
  ViciError,
} from '../../../src/vici/index.ts';
import { RECORDINGS, recordedBytes, recordedPackets } from '../../helpers/vici-fixtures.ts';

const name = fc.string({ minLength: 1, maxLength: 255, unit: 'grapheme-ascii' });
const text = fc.string({ maxLength: 300, unit: 'grapheme' });
/** Bytes that are no UTF-8, so that they come out as bytes. */
const blob = fc.uint8Array({ maxLength: 300 }).map((bytes) => Uint8Array.from([0xff, ...bytes]));
const value = fc.oneof({ weight: 4, arbitrary: text }, blob);

const { tree } = fc.letrec<{ tree: Section; entry: Entry }>((tie) => ({
  tree: fc
    .tuple(fc.oneof(name, fc.constant('')), fc.array(tie('entry'), { maxLength: 6 }))
    .map(([sectionName, entries]) => Section.of(sectionName, entries)),
  entry: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    fc.record({ kind: fc.constant('value' as const), name, value }),
    fc.record({ kind: fc.constant('list' as const), name, items: fc.array(value, { maxLength: 4 }) }),
    tie('tree'),
  ),
}));
const message = tree.map((section) => Section.of('', section.entries));

test('decode(encode(x)) = x', () => {
  fc.assert(
    fc.property(message, (tree) => {
      expect(decodeMessage(encodeMessage(tree))).toEqual(tree);
    }),
  );
});

/** All packets of a stream that comes in these chunks, with the bytes of their messages. */
function readAll(chunks: readonly Uint8Array[]): unknown[] {
  const frames = new FrameReader();
  const found: unknown[] = [];
  for (const chunk of chunks) {
    frames.push(Buffer.from(chunk));
    while (frames.next()) found.push(plain(decodePacket(frames.bytes, frames.start, frames.end)));
  }
  return found;
}

function plain(packet: Packet): unknown {
  return 'body' in packet ? { ...packet, body: packet.body.bytes.toString('hex') } : packet;
}

function cut(bytes: Uint8Array, places: readonly number[]): Uint8Array[] {
  const sorted = [...new Set(places.map((place) => place % (bytes.length + 1)))].sort((a, b) => a - b);
  return [...sorted, bytes.length].map((end, index) => bytes.subarray(sorted[index - 1] ?? 0, end));
}

test('any split of a stream gives the same packets', () => {
  const recorded = recordedBytes('events-initiator-slice').subarray(0, 20_000);
  const whole = readAll([recorded]);
  expect(whole.length).toBeGreaterThan(50);
  fc.assert(
    fc.property(fc.array(fc.nat(recorded.length), { maxLength: 300 }), (places) => {
      expect(readAll(cut(recorded, places))).toEqual(whole);
    }),
    { numRuns: 40 },
  );
});

test('a stream byte by byte gives the same packets', () => {
  const recorded = recordedBytes('version');
  expect(readAll(Array.from(recorded, (byte) => Uint8Array.of(byte)))).toEqual(readAll([recorded]));
});

const NARROW_READERS = [readListSa, readUpdown, readIkeRekey, readChildRekey, readLog, readConnection];

/** Reads bytes in every way there is; what isn't VICI must be said so. */
function readEveryWay(bytes: Buffer): void {
  const ways = [
    () => readAll([bytes]),
    () => decodePacket(bytes),
    () => decodeMessage(bytes),
    ...NARROW_READERS.map((reader) => () => {
      const packet = decodePacket(bytes);
      if ('body' in packet) reader(packet.body);
    }),
  ];
  for (const way of ways) {
    try {
      way();
    } catch (error) {
      if (!(error instanceof ViciError) || error.code !== 'VICI_PROTOCOL') throw error;
    }
  }
}

describe('hostile bytes give a packet or VICI_PROTOCOL', () => {
  test('at random', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 400 }), (bytes) => readEveryWay(Buffer.from(bytes))),
      {
        numRuns: 500,
      },
    );
  });

  test('at random, of the bytes that mean something', () => {
    const meaningful = fc.uint8Array({ max: 8, maxLength: 60 });
    fc.assert(
      fc.property(meaningful, (bytes) => readEveryWay(Buffer.from(bytes))),
      { numRuns: 2000 },
    );
  });

  const packets = RECORDINGS.flatMap((recording) => {
    const kinds = new Map(
      recordedPackets(recording).map((packet) => ['name' in packet ? packet.name : '', packet]),
    );
    return [...kinds.values()].filter((packet) => 'body' in packet);
  }).map((packet) => encodePacket({ ...packet, body: packet.body.bytes }).subarray(4));

  test('in real messages with bytes changed, left out and put in', () => {
    expect(packets.length).toBeGreaterThan(6);
    const mutation = fc.record({
      at: fc.nat(2000),
      removed: fc.nat(3),
      put: fc.uint8Array({ maxLength: 3 }),
    });
    fc.assert(
      fc.property(
        fc.constantFrom(...packets),
        fc.array(mutation, { minLength: 1, maxLength: 4 }),
        (packet, changes) => {
          let bytes = Buffer.from(packet);
          for (const { at, removed, put } of changes) {
            const place = at % (bytes.length + 1);
            bytes = Buffer.concat([bytes.subarray(0, place), put, bytes.subarray(place + removed)]);
          }
          readEveryWay(bytes);
        },
      ),
      { numRuns: 2000 },
    );
  });

  test('in real messages cut off anywhere', () => {
    for (const packet of packets) {
      for (let length = 0; length < packet.length; length++) readEveryWay(packet.subarray(0, length));
    }
  });
});
