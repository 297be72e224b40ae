/**
 * Messages that were read before change how the next ones are read (shape.ts, step.ts), never what they say: whatever came
 * before, a message says what a decoder without memory finds in it.
 */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { decodePlain } from '../../../bench/plain-decoder.ts';
import {
  decodeMessage,
  decodePacket,
  type Entry,
  encodeMessage,
  encodePacket,
  FrameReader,
  type Message,
  Section,
} from '../../../src/vici/index.ts';
import { ikeSaFrom } from '../../../src/vici/views/ike-sa.ts';
import { RECORDINGS, recordedPackets } from '../../helpers/vici-fixtures.ts';

/** As the plain decoder has it: objects, the last of several of one name. */
function plainOf(section: Section): object {
  const plain: Record<string, unknown> = {};
  for (const entry of section.entries) {
    if (entry.kind === 'section') plain[entry.name] = plainOf(entry);
    else plain[entry.name] = entry.kind === 'list' ? entry.items : entry.value;
  }
  return plain;
}

// Few names and few values, so that messages begin alike, go on alike, and then don't.
const name = fc.constantFrom('a', 'bb', 'state', 'encr-alg', 'long-name-of-a-key', 'é');
const value = fc.oneof(
  { weight: 6, arbitrary: fc.constantFrom('', '1', 'yes', 'ESTABLISHED', 'AES_CBC', 'x'.repeat(40)) },
  { weight: 1, arbitrary: fc.constantFrom('Zürich', '\ufffd', 'y'.repeat(41), 'z'.repeat(300)) },
);
const { tree } = fc.letrec<{ tree: Section; entry: Entry }>((tie) => ({
  tree: fc
    .tuple(fc.constantFrom('sa', 'child-sas', ''), fc.array(tie('entry'), { maxLength: 8 }))
    .map(([sectionName, entries]) => Section.of(sectionName, entries)),
  entry: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    fc.record({ kind: fc.constant('value' as const), name, value }),
    fc.record({ kind: fc.constant('list' as const), name, items: fc.array(value, { maxLength: 3 }) }),
    tie('tree'),
  ),
}));

/** Bytes of a message; `encodeMessage` refuses names that aren't ASCII, charon might not. */
function bytesOf(section: Section): Buffer {
  const parts: Buffer[] = [];
  const named = (kind: number, text: string): void => {
    const bytes = Buffer.from(text);
    parts.push(Buffer.from([kind, bytes.length]), bytes);
  };
  const valued = (text: unknown): void => {
    const bytes = Buffer.from(String(text));
    parts.push(Buffer.from([bytes.length >> 8, bytes.length & 0xff]), bytes);
  };
  for (const entry of section.entries) {
    if (entry.kind === 'value') {
      named(3, entry.name);
      valued(entry.value);
    } else if (entry.kind === 'list') {
      named(4, entry.name);
      for (const item of entry.items) {
        parts.push(Buffer.from([5]));
        valued(item);
      }
      parts.push(Buffer.from([6]));
    } else {
      named(1, entry.name);
      parts.push(bytesOf(entry), Buffer.from([2]));
    }
  }
  return Buffer.concat(parts);
}

/** The same message with the value of one of its keys another one. */
function varied(section: Section, place: number, text: string): Section {
  const entries = section.entries;
  const changed = entries.map((entry, index): Entry => {
    if (entry.kind === 'section') return varied(entry, place, text);
    return entry.kind === 'value' && index === place % entries.length ? { ...entry, value: text } : entry;
  });
  return Section.of(section.name, changed);
}

let made = 0;

/** The same message, whose sections begin with a key that no other has: nothing is known of them yet. */
function unknown(section: Section, unique = `unique-${made++}`): Section {
  const entries = section.entries.map((entry) => (entry.kind === 'section' ? unknown(entry, unique) : entry));
  return Section.of(section.name, [{ kind: 'value', name: unique, value: '' }, ...entries]);
}

test('what came before changes nothing', () => {
  const variation = fc.record({ times: fc.nat(20), place: fc.nat(8), text: value });
  fc.assert(
    fc.property(tree, fc.array(variation, { minLength: 1, maxLength: 5 }), (any, variations) => {
      const first = unknown(any);
      for (const { times, place, text } of variations) {
        const messages = [first, varied(first, place, text)].map((message) =>
          bytesOf(Section.of('', [message])),
        );
        for (let turn = 0; turn <= times; turn++) {
          for (const bytes of turn % 5 === 4 ? messages : messages.slice(0, 1)) {
            expect(plainOf(decodeMessage(bytes))).toEqual(decodePlain(bytes));
          }
        }
      }
    }),
    { numRuns: 150 },
  );
});

test('a value that was always the same and then is not is read as what it is', () => {
  const sa = (state: string): Message =>
    decodeMessage(encodeMessage({ id: '1', state, version: '2', 'encr-alg': 'AES', age: '5' }));
  for (let turn = 0; turn < 30; turn++) expect(sa('ESTABLISHED').get('state')).toBe('ESTABLISHED');
  expect(sa('DELETING').get('state')).toBe('DELETING');
  expect(sa('DELETING').get('age')).toBe('5');
  expect(sa('ESTABLISHED').get('state')).toBe('ESTABLISHED');
});

test('a message cut off inside a stretch that is known by now is refused', () => {
  const bytes = encodeMessage({ sa: { id: '1', state: 'ESTABLISHED', version: '2', 'encr-alg': 'AES_CBC' } });
  for (let turn = 0; turn < 30; turn++) decodeMessage(bytes);
  for (let length = 1; length < bytes.length; length++) {
    expect(() => decodeMessage(bytes.subarray(0, length)), `${length} bytes`).toThrow(/not VICI/);
  }
});

test.each(RECORDINGS)('%s, in chunks of any size', (recording) => {
  const packets = recordedPackets(recording).filter((packet) => 'body' in packet);
  const stream = Buffer.concat(packets.map((packet) => encodePacket({ ...packet, body: packet.body.bytes })));
  const frames = new FrameReader();
  let read = 0;
  for (let start = 0, size = 1; start < stream.length; start += size, size = (size * 7 + 3) % 70_001) {
    frames.push(Buffer.from(stream.subarray(start, start + size)));
    while (frames.next()) {
      const packet = decodePacket(frames.bytes, frames.start, frames.end);
      if (!('body' in packet)) continue;
      expect(plainOf(decodeMessage(packet.body))).toEqual(decodePlain(packet.body.bytes));
      read++;
    }
  }
  expect(read).toBe(packets.length);
});

test('the typed view of a recorded IKE_SA says what its section says', () => {
  for (const packet of recordedPackets('list-sas-1000-initiator')) {
    if (!('name' in packet) || !('body' in packet)) continue;
    const [section] = decodeMessage(packet.body).sections();
    if (section === undefined) throw new Error('an item without an IKE_SA');
    const sa = ikeSaFrom(section);
    expect([sa.uniqueid, sa.localId, sa.algorithms.prf]).toEqual(
      ['uniqueid', 'local-id', 'prf-alg'].map((key) => section.get(key)),
    );
    const [child] = sa.childSas;
    expect(child?.inbound.bytes).toBe(child?.section.number('bytes-in'));
    expect(child?.remoteTrafficSelectors).toEqual(child?.section.list('remote-ts'));
  }
});
