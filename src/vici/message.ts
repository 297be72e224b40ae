/**
 * A whole VICI message as an ordered tree.
 *
 * Nothing is lost: entries keep their order, a section name may repeat (two IKE_SAs of one connection have
 * the same name), and values that aren't UTF-8 stay bytes, so encoding the tree again gives the same bytes.
 */
import { isUtf8 } from 'node:buffer';
import { MessageCursor } from './cursor.ts';
import { END, KEY_VALUE, LIST_ITEM, LIST_START, SECTION_END } from './wire.ts';

/** Text, or the bytes themselves where they are no UTF-8 (certificates in DER). */
export type Value = string | Uint8Array;

export interface ValueEntry {
  readonly kind: 'value';
  readonly name: string;
  readonly value: Value;
}

export interface ListEntry {
  readonly kind: 'list';
  readonly name: string;
  readonly items: readonly Value[];
}

export type Entry = ValueEntry | ListEntry | Section;

/** A section, or the message itself (whose name is empty). Lookups give the first entry of that name. */
export class Section {
  readonly kind = 'section';
  readonly name: string;
  readonly entries: readonly Entry[];

  constructor(name: string, entries: readonly Entry[]) {
    this.name = name;
    this.entries = entries;
  }

  /** Value of the key `name` as text; undefined if there is none. */
  get(name: string): string | undefined {
    const entry = this.#find('value', name);
    return entry === undefined ? undefined : asText(entry.value);
  }

  /** Value of the key `name` as bytes. */
  bytes(name: string): Uint8Array | undefined {
    const value = this.#find('value', name)?.value;
    return typeof value === 'string' ? Buffer.from(value) : value;
  }

  /** Whether the key `name` is `yes`. charon leaves most flags out where they'd be `no`. */
  isYes(name: string): boolean {
    return this.get(name) === 'yes';
  }

  /** Value of the key `name` as a number; undefined if it is absent or no decimal number. */
  number(name: string): number | undefined {
    const text = this.get(name);
    return text !== undefined && /^-?\d{1,20}$/.test(text) ? Number(text) : undefined;
  }

  /** Items of the list `name` as text; undefined if there is no such list. */
  list(name: string): readonly string[] | undefined {
    return this.#find('list', name)?.items.map(asText);
  }

  /** The first subsection `name`. */
  section(name: string): Section | undefined {
    return this.#find('section', name);
  }

  /** All subsections in their order, those of one name too. */
  sections(name?: string): Section[] {
    const found: Section[] = [];
    for (const entry of this.entries) {
      if (entry.kind === 'section' && (name === undefined || entry.name === name)) found.push(entry);
    }
    return found;
  }

  #find<Kind extends Entry['kind']>(kind: Kind, name: string): Extract<Entry, { kind: Kind }> | undefined {
    for (const entry of this.entries) {
      if (entry.kind === kind && entry.name === name) return entry as Extract<Entry, { kind: Kind }>;
    }
    return undefined;
  }
}

/** A decoded message is its outermost section. */
export type Message = Section;

/** Reads everything from the cursor's place on (or from bytes). @throws VICI_PROTOCOL */
export function decodeMessage(source: MessageCursor | Buffer): Message {
  const cursor = source instanceof MessageCursor ? source : new MessageCursor(source);
  return new Section('', readEntries(cursor));
}

/** The section that the cursor has just opened, up to its end. */
function readSection(cursor: MessageCursor): Section {
  return new Section(cursor.name(), readEntries(cursor));
}

/** Depth of recursion is bounded by the cursor, which refuses deeper messages. */
function readEntries(cursor: MessageCursor): Entry[] {
  const entries: Entry[] = [];
  for (;;) {
    const kind = cursor.next();
    if (kind === KEY_VALUE) entries.push({ kind: 'value', name: cursor.name(), value: readValue(cursor) });
    else if (kind === SECTION_END || kind === END) return entries;
    else if (kind === LIST_START)
      entries.push({ kind: 'list', name: cursor.name(), items: readItems(cursor) });
    else entries.push(readSection(cursor));
  }
}

function readItems(cursor: MessageCursor): Value[] {
  const items: Value[] = [];
  while (cursor.next() === LIST_ITEM) items.push(readValue(cursor));
  return items;
}

/** U+FFFD in the text is the sign to look closer: either it was sent, or the bytes are no UTF-8. */
function readValue(cursor: MessageCursor): Value {
  const text = cursor.text();
  if (!text.includes('\ufffd')) return text;
  const bytes = cursor.value();
  return isUtf8(bytes) ? text : Uint8Array.from(bytes);
}

function asText(value: Value): string {
  return typeof value === 'string' ? value : Buffer.from(value).toString('utf8');
}
