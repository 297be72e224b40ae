import {
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import zlib from 'node:zlib';
import fc from 'fast-check';
import { beforeEach, describe, expect, onTestFinished, test } from 'vitest';
import * as z from 'zod';
import { encode } from '../../../src/control/codec.ts';
import { crc32, crc32ByTable } from '../../../src/daemon/crc32.ts';
import { loadSnapshot, saveSnapshot } from '../../../src/daemon/snapshot-file.ts';
import { encodeHeader, PAYLOAD_BYTES_MAX, RECORD_LIMITS } from '../../../src/daemon/snapshot-format.ts';

const SCHEMA = z.strictObject({ count: z.number(), names: z.record(z.string(), z.string()) });
const FIRST = { count: 1, names: { a: 'b' } };
const SECOND = { count: 2, names: {} };
const NOW = new Date('2026-05-01T12:03:16.500Z');

let directory: string;
let path: string;

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'afteryou-snapshot-'));
  path = join(directory, 'state', 'state.msgpack');
  onTestFinished(() => rmSync(directory, { recursive: true, force: true }));
});

function load() {
  return loadSnapshot(path, SCHEMA, NOW);
}

function names(): string[] {
  return readdirSync(join(directory, 'state')).sort();
}

/** A file of one record with these bytes, or with these bytes instead of records. */
function writeFile(bytes: Buffer, isRecord = true): void {
  const length = Buffer.alloc(4);
  length.writeUInt32BE(bytes.length);
  const payload = isRecord ? Buffer.concat([length, bytes]) : bytes;
  mkdirSync(join(directory, 'state'), { recursive: true });
  writeFileSync(path, Buffer.concat([encodeHeader(crc32(payload), payload.length), payload]));
}

/** Changes one byte of a file. */
function damage(file: string, at: number): void {
  const bytes = readFileSync(file);
  bytes[at] = (bytes[at] ?? 0) ^ 0x01;
  writeFileSync(file, bytes);
}

describe('saving', () => {
  test('makes the directory, and what is saved can be loaded', async () => {
    expect(load()).toEqual({ values: null, problem: null });
    await saveSnapshot(path, [FIRST]);
    expect(load()).toEqual({ values: [FIRST], problem: null });
    expect(lstatSync(join(directory, 'state')).mode & 0o777).toBe(0o750);
    expect(lstatSync(path).mode & 0o777).toBe(0o640);
    expect(readFileSync(path).subarray(0, 8)).toEqual(Buffer.from('AYS1\u0000\u0000\u0000\u0001'));
  });

  test('keeps the one before', async () => {
    await saveSnapshot(path, [FIRST]);
    await saveSnapshot(path, [SECOND]);
    expect(names()).toEqual(['state.msgpack', 'state.msgpack.previous']);
    expect(load().values).toEqual([SECOND]);
    rmSync(path);
    // As after a crash between the two moves: nothing is wrong, nothing is reported.
    expect(load()).toEqual({ values: [FIRST], problem: null });
  });

  test('replaces what a crash has left of a new file, and follows no link there', async () => {
    await saveSnapshot(path, [FIRST]);
    const elsewhere = join(directory, 'elsewhere');
    writeFileSync(elsewhere, 'precious');
    symlinkSync(elsewhere, `${path}.new`);
    await saveSnapshot(path, [SECOND]);
    expect(readFileSync(elsewhere, 'utf8')).toBe('precious');
    expect(names()).toEqual(['state.msgpack', 'state.msgpack.previous']);
  });

  test('that fails leaves what was there', async () => {
    await saveSnapshot(path, [FIRST]);
    mkdirSync(`${path}.new`);
    await expect(saveSnapshot(path, [SECOND])).rejects.toThrow(
      expect.objectContaining({ code: 'STATE_UNWRITABLE' }),
    );
    expect(load()).toEqual({ values: [FIRST], problem: null });
  });
});

describe('loading', () => {
  test.each([
    ['the magic', 0, 'is no state file'],
    ['the version', 5, 'was written by a newer afteryou (version 65537 of the file)'],
    ['the checksum', 9, 'has a wrong checksum'],
    ['the length', 15, 'is cut short or has bytes too many'],
    ['the contents', 20, 'has a wrong checksum'],
  ])('a file damaged in %s is set aside, and the one before is used', async (_, at, why) => {
    await saveSnapshot(path, [FIRST]);
    await saveSnapshot(path, [SECOND]);
    damage(path, at);
    const aside = `${path}.damaged-20260501T120316Z`;
    expect(load()).toEqual({ values: [FIRST], problem: `${path}: ${why}; kept as ${aside}` });
    expect(existsSync(aside)).toBe(true);
    expect(existsSync(path)).toBe(false);
    expect(load()).toEqual({ values: [FIRST], problem: null });
  });

  test.each([0, 3, 15, 16, 20])('a file of which %i bytes are left is set aside', async (length) => {
    await saveSnapshot(path, [FIRST]);
    truncateSync(path, length);
    expect(load()).toMatchObject({ values: null, problem: expect.stringMatching(/no state file|cut short/) });
    expect(names()).toEqual(['state.msgpack.damaged-20260501T120316Z']);
  });

  test('contents that the schema refuses are set aside', async () => {
    await saveSnapshot(path, [{ ...FIRST, more: true }]);
    expect(load().problem).toMatch(/holds something else \(: Unrecognized key: "more"\)/);
    await saveSnapshot(path, [{ ...FIRST, count: '1' }]);
    expect(load().problem).toMatch(/holds something else \(count: /);
  });

  test('with both damaged there is none, and both are told of', async () => {
    await saveSnapshot(path, [FIRST]);
    await saveSnapshot(path, [SECOND]);
    damage(path, 20);
    damage(`${path}.previous`, 20);
    const { values, problem } = load();
    expect(values).toBeNull();
    expect(problem?.match(/has a wrong checksum/g)).toHaveLength(2);
    expect(names()).toEqual([
      'state.msgpack.damaged-20260501T120316Z',
      'state.msgpack.previous.damaged-20260501T120316Z',
    ]);
  });

  test('three files that were set aside are kept, the oldest goes', async () => {
    for (let second = 10; second < 15; second++) {
      await saveSnapshot(path, [FIRST]);
      damage(path, 20);
      loadSnapshot(path, SCHEMA, new Date(`2026-05-01T12:00:${second}Z`));
    }
    expect(names()).toEqual([
      'state.msgpack.damaged-20260501T120012Z',
      'state.msgpack.damaged-20260501T120013Z',
      'state.msgpack.damaged-20260501T120014Z',
    ]);
  });

  test('a file that is too large is not read', async () => {
    await saveSnapshot(path, [FIRST]);
    truncateSync(path, 16 + PAYLOAD_BYTES_MAX);
    // As large as allowed: it is read, and found wanting.
    expect(load().problem).toMatch(/bytes too many/);
    await saveSnapshot(path, [FIRST]);
    truncateSync(path, 16 + PAYLOAD_BYTES_MAX + 1);
    expect(load().problem).toMatch(/is too large/);
  });

  test('a directory in its place is a problem, not an exception', async () => {
    mkdirSync(path, { recursive: true });
    expect(load()).toMatchObject({ values: null, problem: expect.stringContaining('EISDIR') });
  });

  test('the key __proto__ in a file reaches no prototype', async () => {
    const value = { count: 1, names: Object.fromEntries([['__proto__', 'x']]) };
    await saveSnapshot(path, [value]);
    const loaded = load();
    expect(Object.getPrototypeOf(loaded.values?.[0]?.names)).toBe(Object.prototype);
    expect(Object('').x).toBeUndefined();
  });

  test('any bytes give a value or a problem, never an exception', async () => {
    mkdirSync(join(directory, 'state'));
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 60 }), fc.boolean(), (bytes, hasHeader) => {
        const header = Buffer.from('AYS1\u0000\u0000\u0000\u0001');
        const sums = Buffer.alloc(8);
        sums.writeUInt32BE(crc32(bytes), 0);
        sums.writeUInt32BE(bytes.length, 4);
        writeFileSync(path, hasHeader ? Buffer.concat([header, sums, bytes]) : bytes);
        // A header alone is a file without records.
        if (hasHeader && bytes.length === 0) expect(load()).toEqual({ values: [], problem: null });
        else expect(load()).toMatchObject({ values: null, problem: expect.any(String) });
      }),
      { numRuns: 200 },
    );
  });
});

describe('how much a file may hold', () => {
  /** A peer with two IKE_SAs and an entry of its history, and names of usual length. */
  const record = (index: number) => ({
    peer: `branches/198.51.100.${index}`,
    memory: {
      lineages: ['a', 'b'].map((digit) => ({
        initiatorSpi: digit.repeat(16),
        responderSpi: digit.repeat(16),
        startedBy: 'self',
      })),
      counters: { cycles: 70_000, initiations: 70_000, collisions: 0, settled: 0, swept: 0, violations: 0 },
      isPaused: false,
    },
    history: [
      ['2026-05-01T12:00:00.000Z', 'transition', 'responder-mode', 'initiator-mode', 'R2', 'x'.repeat(60)],
    ],
  });

  function* records(count: number) {
    for (let index = 0; index < count; index += 1) yield record(index);
  }

  test('100,000 peers, of which 20,000 are written and read here', async () => {
    await saveSnapshot(path, records(20_000));
    // Half of the room is left for longer names.
    expect(5 * readFileSync(path).length).toBeLessThan(PAYLOAD_BYTES_MAX / 2);
    const names = z.object({ peer: z.string() });
    expect(loadSnapshot(path, names).values).toEqual(
      Array.from({ length: 20_000 }, (_, index) => ({ peer: record(index).peer })),
    );
  }, 60_000);

  test('no more bytes than a reader takes', async () => {
    await saveSnapshot(path, [FIRST]);
    const text = { text: 'x'.repeat(RECORD_LIMITS.bytesMax - 100) };
    const count = Math.floor(PAYLOAD_BYTES_MAX / (RECORD_LIMITS.bytesMax - 100)) + 1;
    await expect(
      saveSnapshot(
        path,
        Array.from({ length: count }, () => text),
      ),
    ).rejects.toThrow(/more than \d+ bytes/);
    expect(load()).toEqual({ values: [FIRST], problem: null });
  }, 120_000);

  test('a record is bounded in itself, for whoever writes it and for whoever reads it', async () => {
    const most = { count: 1, names: {} as Record<string, string> };
    for (let index = 0; index < (RECORD_LIMITS.itemsMax - 6) / 2; index += 1) most.names[index] = '';
    await saveSnapshot(path, [most]);
    expect(load().values?.[0]?.names).toHaveProperty(['74996'], '');
    most.names['one'] = 'more';
    most.names['two'] = 'more';
    await expect(saveSnapshot(path, [most])).rejects.toThrow(/more than 150000 values/);
    writeFile(encode(most, { ...RECORD_LIMITS, itemsMax: 1e6 }));
    expect(load()).toMatchObject({ values: null, problem: expect.stringMatching(/more than 150000 values/) });
  });

  test.each([
    ['a length that ends early', Buffer.from([0, 0])],
    ['a record that ends early', Buffer.from([0, 0, 0, 2, 0x80])],
    ['an empty record', Buffer.from([0, 0, 0, 0])],
    ['the longest length', Buffer.from([0xff, 0xff, 0xff, 0xff, 0x80])],
  ])('%s is refused', (_, bytes) => {
    writeFile(bytes, false);
    expect(load()).toMatchObject({ values: null, problem: expect.stringMatching(/ends early/) });
  });
});

describe('crc32', () => {
  test('is the one that zlib has', async () => {
    expect(crc32ByTable(Buffer.from('123456789'))).toBe(0xcbf43926);
    expect(crc32(Buffer.from('123456789'))).toBe(0xcbf43926);
    fc.assert(
      fc.property(fc.uint8Array(), (bytes) => {
        expect(crc32ByTable(bytes)).toBe(zlib.crc32(bytes));
        expect(crc32ByTable(bytes, crc32ByTable(Buffer.from('1')))).toBe(
          crc32(bytes, crc32(Buffer.from('1'))),
        );
      }),
    );
  });
});
