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
import { crc32, crc32ByTable } from '../../../src/daemon/crc32.ts';
import { loadSnapshot, SNAPSHOT_LIMITS, saveSnapshot } from '../../../src/daemon/snapshot-file.ts';

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

/** Changes one byte of a file. */
function damage(file: string, at: number): void {
  const bytes = readFileSync(file);
  bytes[at] = (bytes[at] ?? 0) ^ 0x01;
  writeFileSync(file, bytes);
}

describe('saving', () => {
  test('makes the directory, and what is saved can be loaded', () => {
    expect(load()).toEqual({ value: null, problem: null });
    saveSnapshot(path, FIRST);
    expect(load()).toEqual({ value: FIRST, problem: null });
    expect(lstatSync(join(directory, 'state')).mode & 0o777).toBe(0o750);
    expect(lstatSync(path).mode & 0o777).toBe(0o640);
    expect(readFileSync(path).subarray(0, 8)).toEqual(Buffer.from('AYS1\u0000\u0000\u0000\u0001'));
  });

  test('keeps the one before', () => {
    saveSnapshot(path, FIRST);
    saveSnapshot(path, SECOND);
    expect(names()).toEqual(['state.msgpack', 'state.msgpack.previous']);
    expect(load().value).toEqual(SECOND);
    rmSync(path);
    // As after a crash between the two moves: nothing is wrong, nothing is reported.
    expect(load()).toEqual({ value: FIRST, problem: null });
  });

  test('replaces what a crash has left of a new file, and follows no link there', () => {
    saveSnapshot(path, FIRST);
    const elsewhere = join(directory, 'elsewhere');
    writeFileSync(elsewhere, 'precious');
    symlinkSync(elsewhere, `${path}.new`);
    saveSnapshot(path, SECOND);
    expect(readFileSync(elsewhere, 'utf8')).toBe('precious');
    expect(names()).toEqual(['state.msgpack', 'state.msgpack.previous']);
  });

  test('that fails leaves what was there', () => {
    saveSnapshot(path, FIRST);
    mkdirSync(`${path}.new`);
    expect(() => saveSnapshot(path, SECOND)).toThrow(expect.objectContaining({ code: 'STATE_UNWRITABLE' }));
    expect(load()).toEqual({ value: FIRST, problem: null });
  });
});

describe('loading', () => {
  test.each([
    ['the magic', 0, 'is no state file'],
    ['the version', 5, 'was written by a newer afteryou (version 65537 of the file)'],
    ['the checksum', 9, 'has a wrong checksum'],
    ['the length', 15, 'is cut short or has bytes too many'],
    ['the contents', 20, 'has a wrong checksum'],
  ])('a file damaged in %s is set aside, and the one before is used', (_, at, why) => {
    saveSnapshot(path, FIRST);
    saveSnapshot(path, SECOND);
    damage(path, at);
    const aside = `${path}.damaged-20260501T120316Z`;
    expect(load()).toEqual({ value: FIRST, problem: `${path}: ${why}; kept as ${aside}` });
    expect(existsSync(aside)).toBe(true);
    expect(existsSync(path)).toBe(false);
    expect(load()).toEqual({ value: FIRST, problem: null });
  });

  test.each([0, 3, 15, 16, 20])('a file of which %i bytes are left is set aside', (length) => {
    saveSnapshot(path, FIRST);
    truncateSync(path, length);
    expect(load()).toMatchObject({ value: null, problem: expect.stringMatching(/no state file|cut short/) });
    expect(names()).toEqual(['state.msgpack.damaged-20260501T120316Z']);
  });

  test('contents that the schema refuses are set aside', () => {
    saveSnapshot(path, { ...FIRST, more: true });
    expect(load().problem).toMatch(/holds something else \(: Unrecognized key: "more"\)/);
    saveSnapshot(path, { ...FIRST, count: '1' });
    expect(load().problem).toMatch(/holds something else \(count: /);
  });

  test('with both damaged there is none, and both are told of', () => {
    saveSnapshot(path, FIRST);
    saveSnapshot(path, SECOND);
    damage(path, 20);
    damage(`${path}.previous`, 20);
    const { value, problem } = load();
    expect(value).toBeNull();
    expect(problem?.match(/has a wrong checksum/g)).toHaveLength(2);
    expect(names()).toEqual([
      'state.msgpack.damaged-20260501T120316Z',
      'state.msgpack.previous.damaged-20260501T120316Z',
    ]);
  });

  test('three files that were set aside are kept, the oldest goes', () => {
    for (let second = 10; second < 15; second++) {
      saveSnapshot(path, FIRST);
      damage(path, 20);
      loadSnapshot(path, SCHEMA, new Date(`2026-05-01T12:00:${second}Z`));
    }
    expect(names()).toEqual([
      'state.msgpack.damaged-20260501T120012Z',
      'state.msgpack.damaged-20260501T120013Z',
      'state.msgpack.damaged-20260501T120014Z',
    ]);
  });

  test('a file that is too large is not read', () => {
    saveSnapshot(path, FIRST);
    truncateSync(path, 16 + SNAPSHOT_LIMITS.bytesMax);
    // As large as allowed: it is read, and found wanting.
    expect(load().problem).toMatch(/bytes too many/);
    saveSnapshot(path, FIRST);
    truncateSync(path, 16 + SNAPSHOT_LIMITS.bytesMax + 1);
    expect(load().problem).toMatch(/is too large/);
  });

  test('a directory in its place is a problem, not an exception', () => {
    mkdirSync(path, { recursive: true });
    expect(load()).toMatchObject({ value: null, problem: expect.stringContaining('EISDIR') });
  });

  test('the key __proto__ in a file reaches no prototype', () => {
    const value = { count: 1, names: Object.fromEntries([['__proto__', 'x']]) };
    saveSnapshot(path, value);
    const loaded = load();
    expect(Object.getPrototypeOf(loaded.value?.names)).toBe(Object.prototype);
    expect(Object('').x).toBeUndefined();
  });

  test('any bytes give a value or a problem, never an exception', () => {
    mkdirSync(join(directory, 'state'));
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 60 }), fc.boolean(), (bytes, hasHeader) => {
        const header = Buffer.from('AYS1\u0000\u0000\u0000\u0001');
        const sums = Buffer.alloc(8);
        sums.writeUInt32BE(crc32(bytes), 0);
        sums.writeUInt32BE(bytes.length, 4);
        writeFileSync(path, hasHeader ? Buffer.concat([header, sums, bytes]) : bytes);
        expect(load()).toMatchObject({ value: null, problem: expect.any(String) });
      }),
      { numRuns: 200 },
    );
  });
});

describe('crc32', () => {
  test('is the one that zlib has', () => {
    expect(crc32ByTable(Buffer.from('123456789'))).toBe(0xcbf43926);
    expect(crc32(Buffer.from('123456789'))).toBe(0xcbf43926);
    fc.assert(
      fc.property(fc.uint8Array(), (bytes) => {
        expect(crc32ByTable(bytes)).toBe(zlib.crc32(bytes));
      }),
    );
  });
});
