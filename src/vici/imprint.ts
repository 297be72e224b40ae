/**
 * The bytes of a message that was read, to know its like by.
 *
 * charon sends the same message about an SA again and again, with only its ages and counters changed. Where all bytes but
 * those of certain values are equal, the lengths of all names and values are too (they are among those bytes): so everything
 * stands in the same places and says the same, and nothing needs to be read again but those values.
 */
import { MessageCursor } from './cursor.ts';
import type { NameSet } from './name-set.ts';
import { END, KEY_VALUE } from './wire.ts';

/** From here on a call of `Buffer.compare` costs less than comparing the bytes one by one. */
const LONG_BYTES = 32;

/** Of a value: `bytes[start..end)` of the message. */
interface Place {
  readonly start: number;
  readonly end: number;
}

export class Imprint {
  readonly #bytes: Buffer;
  /** Starts and ends, in turn, of what must be equal: all that lies between the values that may differ. */
  readonly #equal: readonly number[];
  readonly #counted: readonly Place[];

  /**
   * Keeps a copy of `message`. The values of `varying` keys may differ, wherever those stand; the value of each key
   * `counted`, which is one of them, is a number that the caller wants.
   * @throws VICI_PROTOCOL
   */
  constructor(message: MessageCursor, varying: NameSet<string>, counted: string) {
    this.#bytes = Buffer.from(message.bytes);
    const cursor = new MessageCursor(this.#bytes);
    const equal = [0];
    const countedPlaces: Place[] = [];
    while (cursor.next() !== END) {
      const name = cursor.kind === KEY_VALUE ? cursor.nameIn(varying) : undefined;
      if (name === undefined) continue;
      equal.push(cursor.valueStart, cursor.valueEnd);
      if (name === counted) countedPlaces.push({ start: cursor.valueStart, end: cursor.valueEnd });
    }
    equal.push(this.#bytes.length);
    this.#equal = equal;
    this.#counted = countedPlaces;
  }

  /**
   * If `message` says the same but for the values that may differ: its counted ones, in order (`before` itself if they are
   * those). Else undefined.
   */
  countsOf(message: MessageCursor, before: readonly number[] = []): readonly number[] | undefined {
    const bytes = message.bytes;
    if (bytes.length !== this.#bytes.length) return undefined;
    const equal = this.#equal;
    for (let index = 0; index < equal.length; index += 2) {
      if (!this.#isEqual(bytes, equal[index] as number, equal[index + 1] as number)) return undefined;
    }
    return this.#readCounts(bytes, before);
  }

  #readCounts(bytes: Buffer, before: readonly number[]): readonly number[] | undefined {
    let changed: number[] | undefined;
    for (let index = 0; index < this.#counted.length; index++) {
      const { start, end } = this.#counted[index] as Place;
      const count = decimal(bytes, start, end);
      if (count === undefined) return undefined;
      if (count === before[index]) continue;
      changed ??= [...before];
      changed[index] = count;
    }
    return changed ?? before;
  }

  #isEqual(bytes: Buffer, start: number, end: number): boolean {
    if (end - start >= LONG_BYTES) return bytes.compare(this.#bytes, start, end, start, end) === 0;
    for (let at = start; at < end; at++) {
      if (bytes[at] !== this.#bytes[at]) return false;
    }
    return true;
  }
}

/** The whole number in `bytes[start..end)`; undefined if it is none, or too large to be exact. */
function decimal(bytes: Buffer, start: number, end: number): number | undefined {
  if (start === end) return undefined;
  let number = 0;
  for (let at = start; at < end; at++) {
    const digit = (bytes[at] as number) - 0x30;
    if (digit < 0 || digit > 9) return undefined;
    number = number * 10 + digit;
  }
  return number <= Number.MAX_SAFE_INTEGER ? number : undefined;
}
