/**
 * CRC-32 as in zlib, PNG and Ethernet (reflected, polynomial 0xEDB88320).
 *
 * Node has it in `node:zlib` from 20.15 and 22.2 on; older ones get a table.
 */
import zlib from 'node:zlib';

/** The checksum of `bytes`, an unsigned 32-bit number; `before` is that of what stands before them. */
export const crc32: (bytes: Uint8Array, before?: number) => number =
  'crc32' in zlib ? (bytes, before = 0) => zlib.crc32(bytes, before) : crc32ByTable;

/** The same without zlib; exported for its test. */
export function crc32ByTable(bytes: Uint8Array, before = 0): number {
  let crc = before ^ 0xffffffff;
  for (const byte of bytes) crc = (crc >>> 8) ^ (TABLE[(crc ^ byte) & 0xff] as number);
  return (crc ^ 0xffffffff) >>> 0;
}

const TABLE = Uint32Array.from({ length: 256 }, (_, index) => {
  let crc = index;
  for (let bit = 0; bit < 8; bit++) crc = (crc & 1) === 1 ? (crc >>> 1) ^ 0xedb88320 : crc >>> 1;
  return crc;
});
