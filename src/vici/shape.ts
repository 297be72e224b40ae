/**
 * Shapes: which keys and lists a section holds, in order.
 *
 * charon sends the same section again and again, with other values: a thousand IKE_SAs have a handful of shapes. Sections of
 * one shape share it, so that a section of a message holds its values and no names. A section goes on in one of few
 * ways, so reading a name is comparing it with those.
 *
 * The names of subsections are data (of connections, of CHILD_SAs), so they stay with the subsections.
 */
import type { MessageCursor } from './cursor.ts';
import { KEY_VALUE, type LIST_START, SECTION_START } from './wire.ts';

/** More than charon has by far; bounds what a hostile peer of ours can make us remember. */
const SHAPES_MAX = 4_096;

/** Where sections go on in so many ways at most, the bytes are compared with each name; with more it is looked up. */
const COMPARED_MAX = 4;

export type EntryKind = typeof KEY_VALUE | typeof LIST_START | typeof SECTION_START;

/** Where the entries are: for keys and lists the first of each name, for sections (whose names it doesn't know) all. */
interface Places {
  readonly keys: ReadonlyMap<string, number>;
  readonly lists: ReadonlyMap<string, number>;
  readonly sections: readonly number[];
}

let shapesKept = 0;

/** The shape of a section up to one of its entries: that entry, and the shape before it. */
export class Shape {
  /** The shape of a section that holds nothing. */
  static readonly EMPTY: Shape = new Shape(undefined, SECTION_START, '');

  readonly before: Shape | undefined;
  /** Kind and name of the last entry; no name if it is a section. */
  readonly kind: EntryKind;
  readonly name: string;
  /** How many entries there are. */
  readonly length: number;
  /** The shapes that are one entry longer: the first few of them, and all by kind and name. */
  readonly #compared: Shape[] = [];
  readonly #following = new Map<string, Shape>();
  #entries: readonly Shape[] | undefined;
  #places: Places | undefined;

  private constructor(before: Shape | undefined, kind: EntryKind, name: string) {
    this.before = before;
    this.kind = kind;
    this.name = name;
    this.length = before === undefined ? 0 : before.length + 1;
  }

  /** This shape and the entry that the cursor stands on: a key, a list or a section. */
  followedBy(cursor: MessageCursor): Shape {
    const { kind } = cursor;
    for (const shape of this.#compared) {
      if (shape.kind === kind && (kind === SECTION_START || cursor.nameIs(shape.name))) return shape;
    }
    return this.with(kind as EntryKind, kind === SECTION_START ? '' : cursor.name());
  }

  /** This shape and one more entry. */
  with(kind: EntryKind, name: string): Shape {
    const key = `${kind}${name}`;
    const known = this.#following.get(key);
    if (known !== undefined) return known;
    const shape = new Shape(this, kind, name);
    if (shapesKept < SHAPES_MAX) {
      shapesKept++;
      this.#following.set(key, shape);
      if (this.#compared.length < COMPARED_MAX) this.#compared.push(shape);
    }
    return shape;
  }

  get places(): Places {
    this.#places ??= placesOf(this);
    return this.#places;
  }

  /** One shape for each entry, in order. */
  entries(): readonly Shape[] {
    this.#entries ??= entriesUpTo(this);
    return this.#entries;
  }
}

/** A loop, not a recursion: a section may have a hundred thousand entries. */
function entriesUpTo(last: Shape): Shape[] {
  const entries: Shape[] = [];
  for (let shape = last; shape.before !== undefined; shape = shape.before) entries.push(shape);
  return entries.reverse();
}

function placesOf(shape: Shape): Places {
  const keys = new Map<string, number>();
  const lists = new Map<string, number>();
  const sections: number[] = [];
  for (const { kind, name, length } of shape.entries()) {
    const place = length - 1;
    const named = kind === KEY_VALUE ? keys : lists;
    if (kind === SECTION_START) sections.push(place);
    else if (!named.has(name)) named.set(name, place);
  }
  return { keys, lists, sections };
}
