import fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  decodeMessage,
  type Entry,
  encodeMessage,
  Imprint,
  MessageCursor,
  NameSet,
  Section,
} from '../../../src/vici/index.ts';

const VARYING = new NameSet('age', 'count');
const text = fc.string({ maxLength: 6, unit: 'grapheme' });
const digits = fc.oneof(fc.nat(9), fc.nat(999)).map(String);
const { tree } = fc.letrec<{ tree: Section; entry: Entry }>((tie) => ({
  tree: fc
    .tuple(fc.constantFrom('', 'sa', 'count'), fc.array(tie('entry'), { maxLength: 5 }))
    .map(([name, entries]) => Section.of(name, entries)),
  entry: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    fc.record({
      kind: fc.constant('value' as const),
      name: fc.constantFrom('age', 'count', 'id'),
      value: digits,
    }),
    fc.record({ kind: fc.constant('value' as const), name: fc.constantFrom('id', 'counter'), value: text }),
    fc.record({
      kind: fc.constant('list' as const),
      name: fc.constantFrom('count', 'ids'),
      items: fc.array(digits, { maxLength: 3 }),
    }),
    tie('tree'),
  ),
}));
const message = tree.map((section) => encodeMessage(Section.of('', section.entries)));

/** The message with the values of the varying keys left out, and the counted ones by themselves. */
function parts(bytes: Buffer): { rest: unknown; counts: string[] } {
  const counts: string[] = [];
  const strip = (section: Section): unknown[] =>
    section.entries.map((entry) => {
      if (entry.kind === 'section') return [entry.name, strip(entry)];
      if (entry.kind === 'list') return [entry.name, entry.items];
      if (entry.name === 'count') counts.push(String(entry.value));
      return entry.name === 'count' || entry.name === 'age' ? [entry.name] : [entry.name, entry.value];
    });
  return { rest: strip(decodeMessage(bytes)), counts };
}

function countsOf(known: Buffer, other: Buffer): readonly number[] | undefined {
  return new Imprint(new MessageCursor(known), VARYING, 'count').countsOf(new MessageCursor(other));
}

test('what has the imprint of another message says the same but for its numbers', () => {
  let fitting = 0;
  fc.assert(
    fc.property(message, fc.array(fc.tuple(fc.nat(), fc.nat(9)), { maxLength: 3 }), (known, changes) => {
      const other = Buffer.from(known);
      for (const [place, digit] of changes) {
        if (other.length > 0) other[place % other.length] = 0x30 + digit;
      }
      const counts = countsOf(known, other);
      if (counts === undefined) return;
      fitting++;
      const parted = parts(other);
      expect(parted.rest).toEqual(parts(known).rest);
      expect(counts).toEqual(parted.counts.map(Number));
    }),
    { numRuns: 3_000 },
  );
  expect(fitting).toBeGreaterThan(300);
});

test('every message has its own imprint', () => {
  fc.assert(
    fc.property(message, (bytes) => {
      expect(countsOf(bytes, bytes)).toEqual(parts(bytes).counts.map(Number));
    }),
  );
});

const sa = (change: object) => encodeMessage({ id: '7', long: 'x'.repeat(40), count: 12, age: 3, ...change });

test.each([
  ['another text', { id: '8' }],
  ['another long text', { long: 'y'.repeat(40) }],
  ['a longer number', { count: 123 }],
  ['a number that is none', { count: '1x' }],
  ['more entries', { more: 1 }],
])('%s is another message', (_what, change) => {
  expect(countsOf(sa({}), sa({}))).toEqual([12]);
  expect(countsOf(sa({}), sa(change))).toBeUndefined();
});

test('counts that are as they were are the same object', () => {
  const imprint = new Imprint(new MessageCursor(sa({})), VARYING, 'count');
  const before = [12];
  expect(imprint.countsOf(new MessageCursor(sa({ age: 9 })), before)).toBe(before);
  expect(imprint.countsOf(new MessageCursor(sa({ count: 13 })), before)).toEqual([13]);
  expect(before).toEqual([12]);
});
