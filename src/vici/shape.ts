/**
 * Shapes: which keys and lists a section holds, in order.
 *
 * charon sends the same section again and again, with other values: a thousand IKE_SAs have a handful of shapes. Sections of
 * one shape share it, so that a section of a message holds its values and no names. The shape met last is the
 * guess for the next message: where it is right, reading a name is comparing it.
 *
 * The names of subsections are data (of connections, of CHILD_SAs), so they stay with the subsections.
 */
import type { MessageCursor } from './cursor.ts';
import { type KEY_VALUE, type LIST_START, SECTION_START } from './wire.ts';

/** More than charon has by far; bounds what a hostile peer of ours can make us remember. */
const SHAPES_MAX = 4_096;

export type EntryKind = typeof KEY_VALUE | typeof LIST_START | typeof SECTION_START;

/** By kind and name, where the first such entry is. */
type Places = ReadonlyMap<EntryKind, ReadonlyMap<string, number>>;

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
  #guess: Shape | undefined;
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
    const guess = this.#guess;
    const { kind } = cursor;
    if (guess?.kind === kind && (kind === SECTION_START || cursor.nameIs(guess.name))) return guess;
    const shape = this.with(kind as EntryKind, kind === SECTION_START ? '' : cursor.name());
    this.#guess = shape;
    return shape;
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
    }
    return shape;
  }

  /** Where the first entry of this kind and name is; undefined if there is none. */
  placeOf(kind: EntryKind, name: string): number | undefined {
    this.#places ??= placesOf(this);
    return this.#places.get(kind)?.get(name);
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
  const places = new Map<EntryKind, Map<string, number>>();
  for (const { kind, name, length } of shape.entries()) {
    const named = places.get(kind) ?? new Map<string, number>();
    if (!named.has(name)) named.set(name, length - 1);
    places.set(kind, named);
  }
  return places;
}
