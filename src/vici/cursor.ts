/**
 * A cursor over the bytes of one VICI message. All reading stands on it: the full tree (`message.ts`) and
 * the readers that want a few fields only (`narrow-*.ts`).
 *
 * It checks the grammar as it goes (VICI README, "Message format") and makes nothing until it is asked:
 * passing over an element costs a few byte reads. It knows no key and no command.
 */
import { protocolError, type ViciError } from './errors.ts';
import type { NameSet } from './name-set.ts';
import { sameBytes, viewOf } from './same-bytes.ts';
import type { Step } from './step.ts';
import { decimalIn, nameCache, sameAscii, valueCache, wholeText } from './text.ts';
import {
  type ElementKind,
  END,
  KEY_VALUE,
  LIST_END,
  LIST_ITEM,
  LIST_START,
  MAX_SECTION_DEPTH,
  SECTION_END,
  SECTION_START,
} from './wire.ts';

/**
 * Reads a message from front to back, once.
 *
 * Two ways to walk: `next()` stops at every element; `nextField()` stops at the fields of one section and
 * passes over the contents of sections that the caller doesn't `enter()`. Every method that moves or reads
 * throws VICI_PROTOCOL on bytes that aren't VICI, also when it is called again.
 */
export class MessageCursor {
  readonly #bytes: Buffer;
  readonly #view: DataView;
  readonly #start: number;
  readonly #end: number;
  #position: number;
  #inList = false;
  #level = 0;
  #nameStart = 0;
  #nameEnd = 0;
  #valueStart = 0;
  #valueEnd = 0;
  #whole: string | undefined;
  /** The element that the cursor stands on; `END` before the first and after the last. */
  kind: ElementKind = END;
  /** How many sections are open, the one just opened included. */
  depth = 0;

  /** Reads `bytes[start..end)`; the whole of `bytes` unless told. The bytes must not change meanwhile. */
  constructor(bytes: Buffer, start = 0, end = bytes.length) {
    this.#bytes = bytes;
    this.#view = viewOf(bytes);
    this.#start = start;
    this.#end = end;
    this.#position = start;
  }

  /** Another cursor at the start of the same message. */
  restart(): MessageCursor {
    return new MessageCursor(this.#bytes, this.#start, this.#end);
  }

  /** How many bytes the whole message has. */
  get length(): number {
    return this.#end - this.#start;
  }

  /** The bytes of the whole message, shared, not copied. */
  get bytes(): Buffer {
    return this.#bytes.subarray(this.#start, this.#end);
  }

  /** Goes to the next element and says what it is; `END` (again and again) after the last. */
  next(): ElementKind {
    return this.#takeUsual() ? KEY_VALUE : this.#takeAny();
  }

  /**
   * If what follows begins with the bytes of `step`, goes to the element that is as far ahead as they pass over; else the
   * cursor stays. The caller answers for it that those bytes are keys of the section that the cursor is in.
   */
  step({ view, length, passed }: Step): boolean {
    const at = this.#position;
    if (at + length > this.#end || !sameBytes(this.#view, at, view, 0, length)) return false;
    this.#position = at + passed;
    this.next();
    return true;
  }

  /** Whether `length` bytes of the message from `at` on are those of `other`; they must be there. */
  isSame(other: DataView, at: number, length: number): boolean {
    return sameBytes(this.#view, this.#start + at, other, at, length);
  }

  /** The whole number in `bytes[start..end)` of the message; undefined if it is none. */
  numberAt(start: number, end: number): number | undefined {
    return decimalIn(this.#bytes, this.#start + start, this.#start + end);
  }

  /** Nine of ten elements: a key with its value, outside a list and all there. Of anything else nothing is taken. */
  #takeUsual(): boolean {
    const bytes = this.#bytes;
    const at = this.#position;
    if (this.#inList || at >= this.#end || bytes[at] !== KEY_VALUE) return false;
    const nameStart = at + 2;
    const nameEnd = nameStart + (bytes[at + 1] as number);
    const valueStart = nameEnd + 2;
    // Past the end there are other bytes or none; either way what comes of them isn't inside.
    const valueEnd = valueStart + (((bytes[nameEnd] as number) << 8) | (bytes[nameEnd + 1] as number));
    if (nameEnd === nameStart || !(valueStart <= this.#end && valueEnd <= this.#end)) return false;
    this.#nameStart = nameStart;
    this.#nameEnd = nameEnd;
    this.#valueStart = valueStart;
    this.#valueEnd = valueEnd;
    this.#position = valueEnd;
    this.kind = KEY_VALUE;
    return true;
  }

  #takeAny(): ElementKind {
    const at = this.#position;
    if (at >= this.#end) {
      if (this.#inList || this.depth > 0) throw this.#error('the message ends inside a section or list');
      this.kind = END;
      return END;
    }
    const kind = this.#bytes[at] as number;
    let after = at + 1;
    if (this.#inList) {
      if (kind === LIST_ITEM) after = this.#takeValue(after);
      else if (kind === LIST_END) this.#inList = false;
      else throw this.#error(`element ${kind} inside a list`);
    } else if (kind === KEY_VALUE) {
      after = this.#takeValue(this.#takeKey(after));
    } else if (kind === SECTION_START) {
      after = this.#takeName(after);
      if (this.depth === MAX_SECTION_DEPTH)
        throw this.#error(`more than ${MAX_SECTION_DEPTH} nested sections`);
      this.depth++;
    } else if (kind === SECTION_END) {
      if (this.depth === 0) throw this.#error('the end of a section that was never opened');
      this.depth--;
    } else if (kind === LIST_START) {
      after = this.#takeKey(after);
      this.#inList = true;
    } else {
      throw this.#error(`element ${kind} outside a list`);
    }
    this.#position = after;
    this.kind = kind as ElementKind;
    return this.kind;
  }

  /**
   * Goes to the next key, list or subsection of the section that was entered last (at first the message
   * itself); false at its end, from where the walk goes on in the section around it.
   */
  nextField(): boolean {
    for (;;) {
      const kind = this.next();
      if (this.depth <= this.#level) {
        if (kind === KEY_VALUE || kind === LIST_START) return true;
        if (kind === END) return false;
        if (this.depth < this.#level) {
          this.#level = this.depth;
          return false;
        }
      } else if (kind === SECTION_START && this.depth === this.#level + 1) {
        return true;
      }
    }
  }

  /** Descends into the section that the cursor has just been moved to by `nextField()`. */
  enter(): void {
    if (this.kind !== SECTION_START) throw this.#error('a section was expected');
    this.#level = this.depth;
  }

  /** Name of the section, key or list. */
  name(): string {
    // Names of sections are data, such as those of connections.
    if (this.#whole !== undefined && this.kind === SECTION_START) {
      return this.#whole.substring(this.#nameStart - this.#start, this.#nameEnd - this.#start);
    }
    return nameCache.read(this.#bytes, this.#nameStart, this.#nameEnd);
  }

  /** Whether the name is this ASCII `name`; makes no string. */
  nameIs(name: string): boolean {
    return this.#nameEnd - this.#nameStart === name.length && sameAscii(name, this.#bytes, this.#nameStart);
  }

  /** Which of `names` the name is, or undefined if none; makes no string. */
  nameIn<Name extends string>(names: NameSet<Name>): Name | undefined {
    return names.find(this.#bytes, this.#nameStart, this.#nameEnd);
  }

  /**
   * Tells that most values will be asked for as `text()`: they are then parts of one string of the whole
   * message, which is several times quicker than a string for each. Changes nothing else.
   */
  expectAllTexts(): void {
    this.#whole = wholeText(this.#bytes, this.#start, this.#end);
  }

  /** Whether all of the message is known to be ASCII; only after `expectAllTexts()`. */
  get isAscii(): boolean {
    return this.#whole !== undefined;
  }

  /** Value of the key or list item as text; bytes that aren't UTF-8 become U+FFFD. */
  text(): string {
    this.#demandValue();
    if (this.#whole !== undefined) {
      return this.#whole.substring(this.#valueStart - this.#start, this.#valueEnd - this.#start);
    }
    return valueCache.read(this.#bytes, this.#valueStart, this.#valueEnd);
  }

  /** Value of the key or list item as it came, shared, not copied. */
  value(): Buffer {
    this.#demandValue();
    return this.#bytes.subarray(this.#valueStart, this.#valueEnd);
  }

  /** Where the value is: it is `bytes[valueStart..valueEnd)` of the whole message. */
  get valueStart(): number {
    return this.#valueStart - this.#start;
  }

  get valueEnd(): number {
    return this.#valueEnd - this.#start;
  }

  /** Whether the value is this ASCII `text`; makes no string. */
  textIs(text: string): boolean {
    this.#demandValue();
    return (
      this.#valueEnd - this.#valueStart === text.length && sameAscii(text, this.#bytes, this.#valueStart)
    );
  }

  /** Whether the value begins with this ASCII `text`; makes no string. */
  textStartsWith(text: string): boolean {
    this.#demandValue();
    return this.#valueEnd - this.#valueStart >= text.length && sameAscii(text, this.#bytes, this.#valueStart);
  }

  /** Value as a whole number in decimal, 0 or more; above 2^53-1 it comes as 2^53-1. */
  number(): number {
    this.#demandValue();
    const number = decimalIn(this.#bytes, this.#valueStart, this.#valueEnd);
    if (number === undefined) throw this.#error('a number was expected');
    return Math.min(number, Number.MAX_SAFE_INTEGER);
  }

  /** The items of the list that the cursor has just opened, as text; goes to the list's end. */
  items(): string[] {
    if (this.kind !== LIST_START) throw this.#error('a list was expected');
    const items: string[] = [];
    while (this.next() === LIST_ITEM) items.push(this.text());
    return items;
  }

  #takeKey(at: number): number {
    const after = this.#takeName(at);
    if (this.#nameStart === this.#nameEnd) throw this.#error('a key or list without a name');
    return after;
  }

  #takeName(at: number): number {
    if (at >= this.#end) throw this.#error('the message ends inside a name');
    const start = at + 1;
    const end = start + (this.#bytes[at] as number);
    if (end > this.#end) throw this.#error('the message ends inside a name');
    this.#nameStart = start;
    this.#nameEnd = end;
    return end;
  }

  #takeValue(at: number): number {
    const start = at + 2;
    if (start > this.#end) throw this.#error('the message ends inside a value');
    const end = start + (((this.#bytes[at] as number) << 8) | (this.#bytes[at + 1] as number));
    if (end > this.#end) throw this.#error('the message ends inside a value');
    this.#valueStart = start;
    this.#valueEnd = end;
    return end;
  }

  #demandValue(): void {
    if (this.kind !== KEY_VALUE && this.kind !== LIST_ITEM) throw this.#error('a value was expected');
  }

  #error(what: string): ViciError {
    return protocolError(what, this.#position - this.#start);
  }
}
