/**
 * How a file of records looks: the state that outlives a restart.
 *
 * `AYS1`, version u32, crc32 of the rest u32, its length u32; then the records, each a length u32 and MessagePack (numbers
 * big-endian). Records are checked and decoded one at a time, so that what a reader may be made to hold doesn't grow with the file.
 * Knows nothing of files, nor of what a record means.
 */
import type * as z from 'zod';
import { decode, encode } from '../control/codec.ts';
import type { MessageLimits } from '../control/limits.ts';
import { crc32 } from './crc32.ts';

const MAGIC = Buffer.from('AYS1');
export const HEADER_BYTES = 16;
const LENGTH_BYTES = 4;

/** What we write; a file with a higher number comes from a newer afteryou and isn't understood. */
const VERSION = 1;

/** All records together: 100,000 peers take some 34 MB with their history. */
export const PAYLOAD_BYTES_MAX: number = 128 * 1024 * 1024;

/** One record: a peer with more than 16,384 IKE_SAs (one connection for many road warriors) keeps that many. */
export const RECORD_LIMITS: MessageLimits = { bytesMax: 2 * 1024 * 1024, depthMax: 8, itemsMax: 150_000 };

/** A record as it stands in the file. @throws CONTROL_PROTOCOL, INVARIANT_BROKEN for a value that can't be encoded */
export function encodeRecord(value: unknown): Buffer {
  const body = encode(value, RECORD_LIMITS);
  const length = Buffer.allocUnsafe(LENGTH_BYTES);
  length.writeUInt32BE(body.length);
  return Buffer.concat([length, body]);
}

/** What stands before records of `length` bytes with the checksum `sum`. */
export function encodeHeader(sum: number, length: number): Buffer {
  const header = Buffer.alloc(HEADER_BYTES);
  MAGIC.copy(header);
  header.writeUInt32BE(VERSION, 4);
  header.writeUInt32BE(sum, 8);
  header.writeUInt32BE(length, 12);
  return header;
}

/** The records of a whole file. @throws Error with a reason that fits after the name of the file */
export function decodeFile<Value>(bytes: Buffer, schema: z.ZodType<Value>): Value[] {
  if (bytes.length < HEADER_BYTES || !bytes.subarray(0, MAGIC.length).equals(MAGIC)) {
    throw new Error('is no state file');
  }
  const version = bytes.readUInt32BE(4);
  if (version > VERSION) throw new Error(`was written by a newer afteryou (version ${version} of the file)`);
  const payload = bytes.subarray(HEADER_BYTES);
  if (payload.length !== bytes.readUInt32BE(12)) throw new Error('is cut short or has bytes too many');
  if (crc32(payload) !== bytes.readUInt32BE(8)) throw new Error('has a wrong checksum');
  const values: Value[] = [];
  for (let at = 0; at < payload.length; ) {
    const start = at + LENGTH_BYTES;
    const end = start <= payload.length ? start + payload.readUInt32BE(at) : start;
    if (end > payload.length) throw new Error('holds something else (a record that ends early)');
    values.push(decodeRecord(payload.subarray(start, end), schema));
    at = end;
  }
  return values;
}

function decodeRecord<Value>(bytes: Buffer, schema: z.ZodType<Value>): Value {
  const parsed = schema.safeParse(decode(bytes, RECORD_LIMITS));
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0];
  throw new Error(`holds something else (${issue?.path.join('.')}: ${issue?.message})`);
}
