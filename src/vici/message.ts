/**
 * A whole VICI message as an ordered tree.
 *
 * Nothing is lost: entries keep their order, a section name may repeat (two IKE_SAs of one connection have
 * the same name), and values that aren't UTF-8 stay bytes, so encoding the tree again gives the same bytes.
 */
import { isUtf8 } from 'node:buffer';
import { MessageCursor } from './cursor.ts';
import { Shape } from './shape.ts';
import { KEY_VALUE, LIST_ITEM, LIST_START, SECTION_START } from './wire.ts';

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
  // Not `#`: a test that compares two trees must see them.
  private readonly shape: Shape;
  /** One for each entry of the shape. */
  private readonly contents: readonly Content[];

  /** A section with these contents in the places of `shape`. */
  private constructor(name: string, shape: Shape, contents: readonly Content[]) {
    this.name = name;
    this.shape = shape;
    this.contents = contents;
  }

  /** A section that holds these entries. */
  static of(name: string, entries: readonly Entry[]): Section {
    let shape = Shape.EMPTY;
    for (const entry of entries) {
      shape = shape.with(KINDS[entry.kind], entry.kind === 'section' ? '' : entry.name);
    }
    return new Section(name, shape, entries.map(contentOf));
  }

  /** The section that the cursor has just opened (or the whole message), up to its end. @throws VICI_PROTOCOL */
  static read(name: string, cursor: MessageCursor): Section {
    // Depth of recursion is bounded by the cursor, which refuses deeper messages.
    let shape = Shape.EMPTY;
    const contents: Content[] = [];
    for (let step = shape.next(cursor); step !== undefined; ) {
      for (const text of step.texts) contents.push(text);
      const from = shape;
      shape = step.to;
      contents.push(readContent(shape, cursor));
      const after = shape.next(cursor);
      if (after !== undefined) from.join(step, after);
      step = after;
    }
    return new Section(name, shape, contents);
  }

  /** All that the section holds, in order; made anew at each call. */
  get entries(): Entry[] {
    return this.shape.entries().map(({ kind, name }, place) => {
      const content = this.contents[place] as Content;
      if (content instanceof Section) return content;
      if (kind === LIST_START) return { kind: 'list', name, items: content as readonly Value[] };
      return { kind: 'value', name, value: content as Value };
    });
  }

  /** Value of the key `name` as text; undefined if there is none. */
  get(name: string): string | undefined {
    return this.textAt(this.shape.places.keys.get(name));
  }

  /** Value of the key `name` as bytes. */
  bytes(name: string): Uint8Array | undefined {
    const place = this.shape.places.keys.get(name);
    const value = place === undefined ? undefined : (this.contents[place] as Value);
    return typeof value === 'string' ? Buffer.from(value) : value;
  }

  /** Whether the key `name` is `yes`. charon leaves most flags out where they'd be `no`. */
  isYes(name: string): boolean {
    return this.get(name) === 'yes';
  }

  /** Value of the key `name` as a number; undefined if it is absent or no decimal number. */
  number(name: string): number | undefined {
    return this.numberAt(this.shape.places.keys.get(name));
  }

  /** Items of the list `name` as text; undefined if there is no such list. */
  list(name: string): readonly string[] | undefined {
    return this.listAt(this.shape.places.lists.get(name));
  }

  /** What `layout`, made with `perShape`, says of sections of this shape: such as where which key is. */
  laidOut<Layout>(layout: (shape: Shape) => Layout): Layout {
    return layout(this.shape);
  }

  /** As `get`, for a key whose place is known. */
  textAt(place: number | undefined): string | undefined {
    if (place === undefined) return undefined;
    const value = this.contents[place] as Value;
    return typeof value === 'string' ? value : asText(value);
  }

  /** As `number`, for a key whose place is known. */
  numberAt(place: number | undefined): number | undefined {
    const text = this.textAt(place);
    return text === undefined ? undefined : decimal(text);
  }

  /** As `list`, for a list whose place is known. */
  listAt(place: number | undefined): readonly string[] | undefined {
    if (place === undefined) return undefined;
    const items = this.contents[place] as readonly Value[];
    return items.every((item) => typeof item === 'string') ? items : items.map(asText);
  }

  /** The first subsection `name`. */
  section(name: string): Section | undefined {
    return this.sections().find((section) => section.name === name);
  }

  /** All subsections in their order, those of one name too. */
  sections(name?: string): Section[] {
    const found: Section[] = [];
    for (const place of this.shape.places.sections) {
      const section = this.contents[place] as Section;
      if (name === undefined || section.name === name) found.push(section);
    }
    return found;
  }
}

type Content = Value | readonly Value[] | Section;

const KINDS = { value: KEY_VALUE, list: LIST_START, section: SECTION_START } as const;

function contentOf(entry: Entry): Content {
  if (entry.kind === 'value') return entry.value;
  return entry.kind === 'list' ? entry.items : entry;
}

/** A decoded message is its outermost section. */
export type Message = Section;

/** Reads everything from the cursor's place on (or from bytes). @throws VICI_PROTOCOL */
export function decodeMessage(source: MessageCursor | Buffer): Message {
  const cursor = source instanceof MessageCursor ? source : new MessageCursor(source);
  cursor.expectAllTexts();
  return Section.read('', cursor);
}

function readContent(shape: Shape, cursor: MessageCursor): Content {
  if (shape.kind === LIST_START) return readItems(cursor);
  if (shape.kind === SECTION_START) return Section.read(cursor.name(), cursor);
  const value = readValue(cursor);
  shape.saw(value);
  return value;
}

function readItems(cursor: MessageCursor): Value[] {
  const items: Value[] = [];
  while (cursor.next() === LIST_ITEM) items.push(readValue(cursor));
  return items;
}

/** U+FFFD in the text is the sign to look closer: either it was sent, or the bytes are no UTF-8. */
function readValue(cursor: MessageCursor): Value {
  const text = cursor.text();
  if (cursor.isAscii || !text.includes('\ufffd')) return text;
  const bytes = cursor.value();
  return isUtf8(bytes) ? text : Uint8Array.from(bytes);
}

/** A whole number of up to 20 digits, with or without a minus; undefined for any other text. */
function decimal(text: string): number | undefined {
  const firstDigit = text.startsWith('-') ? 1 : 0;
  const digits = text.length - firstDigit;
  if (digits === 0 || digits > 20) return undefined;
  let number = 0;
  for (let at = firstDigit; at < text.length; at++) {
    const digit = text.charCodeAt(at) - 0x30;
    if (digit < 0 || digit > 9) return undefined;
    number = number * 10 + digit;
  }
  if (number > Number.MAX_SAFE_INTEGER) return Number(text);
  return firstDigit === 0 ? number : -number;
}

function asText(value: Value): string {
  return typeof value === 'string' ? value : Buffer.from(value).toString('utf8');
}
