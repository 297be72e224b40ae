/**
 * A file that holds one value and is never half written: the state that outlives a restart.
 *
 * Layout: `AYS1`, version u32, crc32 of the rest u32, its length u32 (all big-endian), MessagePack. Written beside
 * its place, synced, and moved there; the one before stays as `.previous`. What can't be read is set aside as
 * `.damaged-<time>` for whoever wants to look at it. Knows nothing of what the value means.
 */
import {
  closeSync,
  constants,
  fstatSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeSync,
} from 'node:fs';
import { basename, dirname, join } from 'node:path';
import type * as z from 'zod';
import { decode, encode } from '../control/codec.ts';
import type { MessageLimits } from '../control/limits.ts';
import { AfteryouError } from '../errors.ts';
import { crc32 } from './crc32.ts';

const MAGIC = Buffer.from('AYS1');
const HEADER_BYTES = 16;

/** What we write; a file with a higher number comes from a newer afteryou and isn't understood. */
const VERSION = 1;

/** Some 30 values of state per peer, and 7 per entry of the history, of which 40,000 are kept: 16,000 peers. */
export const SNAPSHOT_LIMITS: MessageLimits = {
  bytesMax: 32 * 1024 * 1024,
  depthMax: 16,
  itemsMax: 800_000,
};

/** Files set aside that are kept; the oldest goes first. */
const DAMAGED_MAX = 3;

export interface LoadedSnapshot<Value> {
  /** null if there is none that can be read. */
  readonly value: Value | null;
  /** Why the file, or the one before it, isn't used; null when all is well, also when there is no file yet. */
  readonly problem: string | null;
}

/**
 * Writes `value` to `path` for good, its directory included; one call at a time for a path.
 *
 * @throws STATE_UNWRITABLE; what was there before is then still there, here or as `.previous`
 * @throws CONTROL_PROTOCOL, INVARIANT_BROKEN for a value that can't be encoded
 */
export function saveSnapshot(path: string, value: unknown): void {
  const payload = encode(value, SNAPSHOT_LIMITS);
  const header = Buffer.alloc(HEADER_BYTES);
  MAGIC.copy(header);
  header.writeUInt32BE(VERSION, 4);
  header.writeUInt32BE(crc32(payload), 8);
  header.writeUInt32BE(payload.length, 12);
  const directory = dirname(path);
  const fresh = `${path}.new`;
  try {
    mkdirSync(directory, { recursive: true, mode: 0o750 });
    write(fresh, Buffer.concat([header, payload]));
    renameIfThere(path, previousOf(path));
    renameSync(fresh, path);
    syncDirectory(directory);
  } catch (cause) {
    throw new AfteryouError('STATE_UNWRITABLE', `can't write ${path}: ${reasonOf(cause)}`, {
      nextStep: 'Give the directory to the user that afteryou runs as, and see that the disk has room.',
      cause,
    });
  }
}

/**
 * Reads the value at `path`, or else the one before it. Never throws: a file that is of no use is set aside
 * and told of in `problem`.
 */
export function loadSnapshot<Value>(
  path: string,
  schema: z.ZodType<Value>,
  now: Date = new Date(),
): LoadedSnapshot<Value> {
  const problems: string[] = [];
  for (const file of [path, previousOf(path)]) {
    try {
      const bytes = readIfThere(file);
      if (bytes !== null) {
        return { value: parse(bytes, schema), problem: joined(problems) };
      }
    } catch (error) {
      problems.push(`${file}: ${reasonOf(error)}; ${setAside(file, now)}`);
    }
  }
  return { value: null, problem: joined(problems) };
}

/** Checks and decodes a whole file. @throws Error with a reason that fits after the name of the file */
function parse<Value>(bytes: Buffer, schema: z.ZodType<Value>): Value {
  if (bytes.length < HEADER_BYTES || !bytes.subarray(0, MAGIC.length).equals(MAGIC)) {
    throw new Error('is no state file');
  }
  const version = bytes.readUInt32BE(4);
  if (version > VERSION) throw new Error(`was written by a newer afteryou (version ${version} of the file)`);
  const payload = bytes.subarray(HEADER_BYTES);
  if (payload.length !== bytes.readUInt32BE(12)) throw new Error('is cut short or has bytes too many');
  if (crc32(payload) !== bytes.readUInt32BE(8)) throw new Error('has a wrong checksum');
  const parsed = schema.safeParse(decode(payload, SNAPSHOT_LIMITS));
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0];
  throw new Error(`holds something else (${issue?.path.join('.')}: ${issue?.message})`);
}

function readIfThere(file: string): Buffer | null {
  let handle: number;
  try {
    // Without O_NONBLOCK the opening of a named pipe would wait for ever.
    handle = openSync(file, constants.O_RDONLY | constants.O_NONBLOCK);
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return null;
    throw error;
  }
  try {
    const { size } = fstatSync(handle);
    if (size > HEADER_BYTES + SNAPSHOT_LIMITS.bytesMax) throw new Error(`is too large (${size} bytes)`);
    return readFileSync(handle);
  } finally {
    closeSync(handle);
  }
}

function write(file: string, bytes: Buffer): void {
  // Whatever was left there by a crash goes first: a link would lead elsewhere.
  rmSync(file, { force: true });
  const handle = openSync(file, 'wx', 0o640);
  try {
    for (let written = 0; written < bytes.length; ) written += writeSync(handle, bytes, written);
    fsyncSync(handle);
  } catch (error) {
    // Half a file is of no use to anybody, and takes the last room of a full disk.
    rmSync(file, { force: true });
    throw error;
  } finally {
    closeSync(handle);
  }
}

function syncDirectory(directory: string): void {
  const handle = openSync(directory, 'r');
  try {
    fsyncSync(handle);
  } finally {
    closeSync(handle);
  }
}

/** Moves the file out of the way and says so; the oldest of those set aside go. */
function setAside(file: string, now: Date): string {
  const aside = `${file}.damaged-${now.toISOString().replaceAll(/[-:]|\.\d+/g, '')}`;
  try {
    renameSync(file, aside);
    const directory = dirname(file);
    const prefix = `${basename(file)}.damaged-`;
    const all = readdirSync(directory).filter((name) => name.startsWith(prefix));
    for (const name of all.sort().slice(0, -DAMAGED_MAX)) rmSync(join(directory, name));
    return `kept as ${aside}`;
  } catch (error) {
    return `and can't be set aside: ${reasonOf(error)}`;
  }
}

function renameIfThere(from: string, to: string): void {
  try {
    renameSync(from, to);
  } catch (error) {
    if (systemCode(error) !== 'ENOENT') throw error;
  }
}

function previousOf(path: string): string {
  return `${path}.previous`;
}

function joined(problems: readonly string[]): string | null {
  return problems.length === 0 ? null : problems.join('. ');
}

function reasonOf(error: unknown): string {
  return systemCode(error) ?? (error instanceof Error ? error.message : String(error));
}

function systemCode(error: unknown): string | undefined {
  if (!(error instanceof Error) || !('syscall' in error) || !('code' in error)) return undefined;
  return String(error.code);
}
