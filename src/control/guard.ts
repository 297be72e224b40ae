/**
 * Looks through a MessagePack message before it is decoded: one pass over the headers, nothing allocated.
 *
 * msgpack-lite (0.2.2) makes an array as long as an array header claims, if only as many bytes are left: nested
 * headers, 64 KiB of them, cost 1.4 GiB (measured). It also ignores what follows the first value and
 * builds a RegExp from an ext value. So a message must get past here first; then every slot that it
 * claims is really there. Source of the formats: MessagePack specification, "Formats".
 */
import type { MessageLimits } from './limits.ts';

/** Deepest nesting that any limits may allow; it fixes the size of the stack below. */
const STACK_SLOTS = 32;

/** Values still to come in each open array or map. Shared: `refusal` never runs inside itself. */
const open = new Float64Array(STACK_SLOTS + 1);

/**
 * Why a message mustn't be decoded; null if it may.
 *
 * @returns a phrase that fits after `a message`, for instance `with bytes after its end`
 */
export function refusal(bytes: Uint8Array, limits: MessageLimits): string | null {
  if (bytes.length > limits.bytesMax) return `of ${bytes.length} bytes`;
  const depthMax = Math.min(limits.depthMax, STACK_SLOTS);
  let position = 0;
  let depth = 0;
  let items = 0;
  // Values owed by all open arrays and maps together; each takes a byte at least.
  let owed = 1;
  open[0] = 1;
  while (owed > 0) {
    if (position >= bytes.length) return 'that ends early';
    items += 1;
    if (items > limits.itemsMax) return `with more than ${limits.itemsMax} values`;
    const type = bytes[position] as number;
    const headerBytes = HEADER_BYTES[type] as number;
    if (headerBytes === 0) return 'with a binary, ext or unknown type';
    if (position + headerBytes > bytes.length) return 'that ends early';
    owed -= 1;
    open[depth] = (open[depth] as number) - 1;
    const values = containedValues(bytes, position, type);
    position += headerBytes;
    if (values >= 0) {
      owed += values;
      if (owed > bytes.length - position) return 'that claims more values than it has bytes';
      if (depth === depthMax) return `nested more than ${depthMax} levels deep`;
      depth += 1;
      open[depth] = values;
    } else {
      position += textBytes(bytes, position - headerBytes, type);
      if (position > bytes.length) return 'that ends early';
    }
    while (depth > 0 && open[depth] === 0) depth -= 1;
  }
  return position === bytes.length ? null : 'with bytes after its end';
}

/** Bytes from the type to the contents (scalars: to the end), by type; 0 for a type that is refused. */
const HEADER_BYTES = headerBytes();

function headerBytes(): Uint8Array {
  const table = new Uint8Array(256).fill(1);
  // 0xc1 is never used; 0xc4-0xc6 are binary, 0xc7-0xc9 and 0xd4-0xd8 ext: none is ever sent by us.
  for (const refused of [0xc1, 0xc4, 0xc5, 0xc6, 0xc7, 0xc8, 0xc9, 0xd4, 0xd5, 0xd6, 0xd7, 0xd8]) {
    table[refused] = 0;
  }
  for (const type of [0xcc, 0xd0, 0xd9]) table[type] = 2;
  for (const type of [0xcd, 0xd1, 0xda, 0xdc, 0xde]) table[type] = 3;
  for (const type of [0xca, 0xce, 0xd2, 0xdb, 0xdd, 0xdf]) table[type] = 5;
  for (const type of [0xcb, 0xcf, 0xd3]) table[type] = 9;
  return table;
}

/** Values in the array or map at `at`, keys included; -1 if it is neither. */
function containedValues(bytes: Uint8Array, at: number, type: number): number {
  if (type >= 0x80 && type <= 0x8f) return 2 * (type - 0x80);
  if (type >= 0x90 && type <= 0x9f) return type - 0x90;
  if (type === 0xdc) return unsigned(bytes, at + 1, 2);
  if (type === 0xdd) return unsigned(bytes, at + 1, 4);
  if (type === 0xde) return 2 * unsigned(bytes, at + 1, 2);
  if (type === 0xdf) return 2 * unsigned(bytes, at + 1, 4);
  return -1;
}

/** Bytes of text behind the header at `at`; 0 if it is no text. */
function textBytes(bytes: Uint8Array, at: number, type: number): number {
  if (type >= 0xa0 && type <= 0xbf) return type - 0xa0;
  if (type === 0xd9) return unsigned(bytes, at + 1, 1);
  if (type === 0xda) return unsigned(bytes, at + 1, 2);
  if (type === 0xdb) return unsigned(bytes, at + 1, 4);
  return 0;
}

function unsigned(bytes: Uint8Array, at: number, length: number): number {
  let value = 0;
  for (let index = at; index < at + length; index++) value = value * 256 + (bytes[index] as number);
  return value;
}
