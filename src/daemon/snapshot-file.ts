/**
 * A file of records that is never half written (`snapshot-format.ts` says how it looks).
 *
 * Written beside its place, synced, and moved there; the one before stays as `.previous`. Writing holds the event loop for no longer
 * than it takes to encode a piece: the disk is waited for elsewhere. What can't be read is set aside as `.damaged-<time>` for whoever
 * wants to look at it. Knows nothing of what the records mean.
 */
import {
  closeSync,
  constants,
  fstatSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
} from 'node:fs';
import { type FileHandle, mkdir, open, rename, rm } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import type * as z from 'zod';
import { AfteryouError } from '../errors.ts';
import { crc32 } from './crc32.ts';
import {
  decodeFile,
  encodeHeader,
  encodeRecord,
  HEADER_BYTES,
  PAYLOAD_BYTES_MAX,
} from './snapshot-format.ts';

/** What is encoded at a time: some 60 peers with their history, a few milliseconds. */
const PIECE_BYTES = 65_536;

/** Files set aside that are kept; the oldest goes first. */
const DAMAGED_MAX = 3;

export interface LoadedSnapshot<Value> {
  /** The records in their order; null if there is no file that can be read. */
  readonly values: Value[] | null;
  /** Why the file, or the one before it, isn't used; null when all is well, also when there is no file yet. */
  readonly problem: string | null;
}

/**
 * Writes `records` to `path` for good, its directory included; one call at a time for a path. They are asked for bit by bit while
 * it is written.
 *
 * @throws STATE_UNWRITABLE; what was there before is then still there, here or as `.previous`
 * @throws CONTROL_PROTOCOL, INVARIANT_BROKEN for a record that can't be encoded
 */
export async function saveSnapshot(path: string, records: Iterable<unknown>): Promise<void> {
  const directory = dirname(path);
  const fresh = `${path}.new`;
  try {
    await mkdir(directory, { recursive: true, mode: 0o750 });
    await writeAll(fresh, records);
    await renameIfThere(path, previousOf(path));
    await rename(fresh, path);
    await syncDirectory(directory);
  } catch (cause) {
    if (cause instanceof AfteryouError) throw cause;
    throw new AfteryouError('STATE_UNWRITABLE', `can't write ${path}: ${reasonOf(cause)}`, {
      nextStep: 'Give the directory to the user that afteryou runs as, and see that the disk has room.',
      cause,
    });
  }
}

/**
 * Reads the records at `path`, or else the ones before them. Never throws: a file that is of no use is set aside
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
      if (bytes !== null) return { values: decodeFile(bytes, schema), problem: joined(problems) };
    } catch (error) {
      problems.push(`${file}: ${reasonOf(error)}; ${setAside(file, now)}`);
    }
  }
  return { values: null, problem: joined(problems) };
}

async function writeAll(file: string, records: Iterable<unknown>): Promise<void> {
  // Whatever was left there by a crash goes first: a link would lead elsewhere.
  await rm(file, { force: true });
  const handle = await open(file, 'wx', 0o640);
  try {
    await writeRecords(handle, records);
    await handle.sync();
  } catch (error) {
    // Half a file is of no use to anybody, and takes the last room of a full disk.
    await rm(file, { force: true });
    throw error;
  } finally {
    await handle.close();
  }
}

/** The header, of which the checksum is known last, is written last. */
async function writeRecords(handle: FileHandle, records: Iterable<unknown>): Promise<void> {
  let sum = 0;
  let length = 0;
  for (const piece of pieces(records)) {
    await writeAt(handle, piece, HEADER_BYTES + length);
    sum = crc32(piece, sum);
    length += piece.length;
    if (length > PAYLOAD_BYTES_MAX) throw new Error(`more than ${PAYLOAD_BYTES_MAX} bytes`);
  }
  await writeAt(handle, encodeHeader(sum, length), 0);
}

function* pieces(records: Iterable<unknown>): Generator<Buffer> {
  let waiting: Buffer[] = [];
  let bytes = 0;
  for (const record of records) {
    const encoded = encodeRecord(record);
    waiting.push(encoded);
    bytes += encoded.length;
    if (bytes < PIECE_BYTES) continue;
    yield Buffer.concat(waiting);
    waiting = [];
    bytes = 0;
  }
  if (bytes > 0) yield Buffer.concat(waiting);
}

async function writeAt(handle: FileHandle, bytes: Buffer, position: number): Promise<void> {
  for (let written = 0; written < bytes.length; ) {
    const { bytesWritten } = await handle.write(bytes, written, bytes.length - written, position + written);
    written += bytesWritten;
  }
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
    if (size > HEADER_BYTES + PAYLOAD_BYTES_MAX) throw new Error(`is too large (${size} bytes)`);
    return readFileSync(handle);
  } finally {
    closeSync(handle);
  }
}

async function syncDirectory(directory: string): Promise<void> {
  const handle = await open(directory, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
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

async function renameIfThere(from: string, to: string): Promise<void> {
  try {
    await rename(from, to);
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
