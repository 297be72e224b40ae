/**
 * Shapes: which keys and lists a section holds, in order.
 *
 * charon sends the same section again and again, with other values: a thousand IKE_SAs have a handful of shapes. Sections of
 * one shape share it, so that a section of a message holds its values and no names. A section goes on in one of few
 * ways, so reading a name is comparing it with those.
 *
 * The names of subsections are data (of connections, of CHILD_SAs), so they stay with the subsections.
 */
import { isAscii } from 'node:buffer';
import type { MessageCursor } from './cursor.ts';
import type { Value } from './message.ts';
import { Step } from './step.ts';
import { END, KEY_VALUE, type LIST_START, SECTION_END, SECTION_START } from './wire.ts';

/** More than charon has by far; bounds what a hostile peer of ours can make us remember. */
const SHAPES_MAX = 4_096;

/** With so many ways on at most the bytes are compared with each; with more the name is looked up. */
const STEPS_MAX = 8;

/** So often the value of a key must have been the same to be expected; longer ones are hardly ever repeated. */
const SAME_TIMES = 8;
const SAME_LENGTH_MAX = 40;
const VARIES = -1;

export type EntryKind = typeof KEY_VALUE | typeof LIST_START | typeof SECTION_START;

/** Where the entries are: for keys and lists the first of each name, for sections (whose names it doesn't know) all. */
export interface Places {
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
  /** How often the value of the last entry was this text, and no other; `VARIES` if it was. */
  #sameTimes = 0;
  #text = '';
  /** Ways on from here that are looked for first; longer ones than those to the next entry too. */
  #steps: Step[] = [];
  /** To the shapes that are one entry longer, by kind and name. */
  #following: Map<string, Step> | undefined;
  /** Whether the shape before knows this one. */
  #isKept = false;
  #entries: readonly Shape[] | undefined;
  #places: Places | undefined;

  private constructor(before: Shape | undefined, kind: EntryKind, name: string) {
    this.before = before;
    this.kind = kind;
    this.name = name;
    this.length = before === undefined ? 0 : before.length + 1;
  }

  /** Goes to the next entry of a section that must be read; undefined at the section's end. @throws VICI_PROTOCOL */
  next(cursor: MessageCursor): Step | undefined {
    for (const step of this.#steps) {
      if (cursor.step(step)) return step;
    }
    const kind = cursor.next();
    if (kind === SECTION_END || kind === END) return undefined;
    const name = kind === SECTION_START ? '' : cursor.name();
    const step = this.#stepTo(kind as EntryKind, name);
    // Names are ASCII. Of one that isn't the bytes can't be told from its text.
    if (step.to.#isKept && this.#steps.length < STEPS_MAX && isAscii(Buffer.from(name)))
      this.#steps.push(step);
    return step;
  }

  /** Tells that the last entry, a key, has this value. */
  saw(value: Value): void {
    if (this.#sameTimes === VARIES) return;
    if (value === this.#text) {
      this.#sameTimes++;
    } else if (this.#sameTimes === 0 && typeof value === 'string' && value.length <= SAME_LENGTH_MAX) {
      // A copy: the value is a part of the text of a whole message, which it would keep alive.
      this.#text = Buffer.from(value).toString();
      this.#sameTimes = 1;
    } else {
      if (this.#sameTimes >= SAME_TIMES) this.#forgetStepsOver();
      this.#sameTimes = VARIES;
    }
  }

  /** Joins two steps that were taken from here, one after the other, if what is between them is always the same. */
  join(step: Step, after: Step): void {
    if (step.to.#sameTimes < SAME_TIMES) return;
    const place = this.#steps.indexOf(step);
    const joined = place < 0 ? undefined : step.joined(step.to.#text, after);
    if (joined !== undefined) this.#steps[place] = joined;
  }

  /** This shape and one more entry. */
  with(kind: EntryKind, name: string): Shape {
    return this.#stepTo(kind, name).to;
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

  #stepTo(kind: EntryKind, name: string): Step {
    const key = `${kind}${name}`;
    const known = this.#following?.get(key);
    if (known !== undefined) return known;
    const shape = new Shape(this, kind, name);
    const step = Step.to(shape);
    if (shapesKept < SHAPES_MAX) {
      shapesKept++;
      shape.#isKept = true;
      this.#following ??= new Map();
      this.#following.set(key, step);
    }
    return step;
  }

  /** The shorter ones are learned again. */
  #forgetStepsOver(): void {
    for (let shape = this.before; shape !== undefined; shape = shape.before) shape.#steps = [];
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

/** Something worked out from where the entries are, once for all sections of a shape. */
export function perShape<Made>(make: (places: Places) => Made): (shape: Shape) => Made {
  const known = new WeakMap<Shape, Made>();
  let last: { readonly shape: Shape; readonly made: Made } | undefined;
  return (shape) => {
    if (last?.shape === shape) return last.made;
    const knownMade = known.get(shape);
    const made = knownMade ?? make(shape.places);
    if (knownMade === undefined) known.set(shape, made);
    last = { shape, made };
    return made;
  };
}
