/**
 * Messages to bytes: from a tree (`Section`) or from a plain object.
 *
 * Knows every limit of the format and refuses with VICI_ENCODE before a byte is sent; charon silently drops
 * what it can't read, and the caller would wait for an answer that never comes.
 */
import { encodeError } from './errors.ts';
import { type Entry, Section } from './message.ts';
import {
  KEY_VALUE,
  LIST_END,
  LIST_ITEM,
  LIST_START,
  MAX_NAME_BYTES,
  MAX_PACKET_BYTES,
  MAX_SECTION_DEPTH,
  MAX_VALUE_BYTES,
  SECTION_END,
  SECTION_START,
} from './wire.ts';

/** A single value: booleans are sent as `yes` and `no`, numbers must be whole. */
export type InputScalar = string | number | bigint | boolean | Uint8Array;
export type InputValue = InputScalar | readonly InputScalar[] | MessageInput | Section;

/**
 * A message as a plain object: arrays are lists, objects are sections, undefined is left out. JavaScript
 * puts keys that look like whole numbers first; where such an order matters, hand over a `Section`.
 */
export interface MessageInput {
  readonly [name: string]: InputValue | undefined;
}

/** Bytes of a message. @throws VICI_ENCODE */
export function encodeMessage(message: MessageInput | Section): Buffer {
  const writer = new MessageWriter();
  writer.contents(message, 0);
  return writer.finish();
}

const FIRST_CAPACITY_BYTES = 256;
/** Most commands have an empty message. */
const NOTHING = Buffer.alloc(0);
const PRINTABLE_ASCII = /^[ -~]*$/;
const LONE_SURROGATE = /\p{Surrogate}/u;

class MessageWriter {
  #bytes = NOTHING;
  #length = 0;

  finish(): Buffer {
    return this.#bytes.subarray(0, this.#length);
  }

  contents(message: MessageInput | Section, depth: number): void {
    if (message instanceof Section) {
      for (const entry of message.entries) this.#entry(entry, depth);
      return;
    }
    for (const [name, value] of Object.entries(message)) {
      if (value !== undefined) this.#input(name, value, depth);
    }
  }

  #entry(entry: Entry, depth: number): void {
    if (entry.kind === 'value') this.#keyValue(entry.name, entry.value);
    else if (entry.kind === 'list') this.#list(entry.name, entry.items);
    else this.#section(entry.name, entry, depth);
  }

  #input(name: string, value: InputValue, depth: number): void {
    if (isList(value)) this.#list(name, value);
    else if (typeof value === 'object' && !(value instanceof Uint8Array)) this.#section(name, value, depth);
    else this.#keyValue(name, value);
  }

  #section(name: string, contents: MessageInput | Section, depth: number): void {
    if (depth === MAX_SECTION_DEPTH) throw encodeError(`more than ${MAX_SECTION_DEPTH} nested sections`);
    this.#byte(SECTION_START);
    this.#name(name);
    this.contents(contents, depth + 1);
    this.#byte(SECTION_END);
  }

  #keyValue(name: string, value: InputScalar): void {
    this.#byte(KEY_VALUE);
    this.#keyName(name);
    this.#value(name, value);
  }

  #list(name: string, items: readonly InputScalar[]): void {
    this.#byte(LIST_START);
    this.#keyName(name);
    for (const item of items) {
      this.#byte(LIST_ITEM);
      this.#value(name, item);
    }
    this.#byte(LIST_END);
  }

  #keyName(name: string): void {
    if (name.length === 0) throw encodeError('a key or list without a name');
    this.#name(name);
  }

  /** Sections may have an empty name: charon itself sends one in `get-counters` (measured on 5.9.8). */
  #name(name: string): void {
    checkName(name);
    this.#byte(name.length);
    this.#reserve(name.length);
    this.#length += this.#bytes.write(name, this.#length, 'latin1');
  }

  #value(name: string, value: InputScalar): void {
    const bytes = valueBytes(name, value);
    if (bytes.length > MAX_VALUE_BYTES) {
      throw encodeError(`the value of "${name}" has ${bytes.length} bytes, at most ${MAX_VALUE_BYTES} fit`);
    }
    this.#reserve(2 + bytes.length);
    this.#length = this.#bytes.writeUInt16BE(bytes.length, this.#length);
    this.#bytes.set(bytes, this.#length);
    this.#length += bytes.length;
  }

  #byte(byte: number): void {
    this.#reserve(1);
    this.#bytes[this.#length++] = byte;
  }

  #reserve(more: number): void {
    const needed = this.#length + more;
    if (needed > MAX_PACKET_BYTES) throw encodeError(`a message of more than ${MAX_PACKET_BYTES} bytes`);
    if (needed <= this.#bytes.length) return;
    const grown = Buffer.allocUnsafe(Math.max(needed, this.#bytes.length * 2, FIRST_CAPACITY_BYTES));
    this.#bytes.copy(grown, 0, 0, this.#length);
    this.#bytes = grown;
  }
}

/**
 * Refuses names that don't fit: 0..255 printable ASCII characters. (A name with any other character makes
 * charon answer `parsing request failed`, measured on 5.9.8.) @throws VICI_ENCODE
 */
export function checkName(name: string): void {
  if (name.length > MAX_NAME_BYTES) {
    throw encodeError(`a name of ${name.length} characters, at most ${MAX_NAME_BYTES} fit`);
  }
  if (!PRINTABLE_ASCII.test(name)) throw encodeError(`name ${JSON.stringify(name)} isn't printable ASCII`);
}

function valueBytes(name: string, value: InputScalar): Uint8Array {
  if (typeof value === 'boolean') return Buffer.from(value ? 'yes' : 'no');
  if (typeof value === 'number' && !Number.isSafeInteger(value)) {
    throw encodeError(`the number given for "${name}" isn't whole`);
  }
  if (typeof value === 'string') {
    if (LONE_SURROGATE.test(value)) throw encodeError(`the value of "${name}" isn't well-formed Unicode`);
    return Buffer.from(value);
  }
  if (value instanceof Uint8Array) return value;
  return Buffer.from(String(value satisfies number | bigint));
}

function isList(value: InputValue): value is readonly InputScalar[] {
  return Array.isArray(value);
}
