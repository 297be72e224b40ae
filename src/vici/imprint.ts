/**
 * The bytes of a message that was read, to know its like by.
 *
 * charon sends the same message about an SA again and again, with only its ages and counters changed. Where all bytes but
 * those of certain values are equal, the lengths of all names and values are too (they are among those bytes): so everything
 * stands in the same places and says the same, and nothing needs to be read again but those values.
 */
import { MessageCursor } from './cursor.ts';
import type { NameSet } from './name-set.ts';
import { snug } from './snug.ts';
import { END, KEY_VALUE } from './wire.ts';

/** Of a value: `bytes[start..end)` of the message. */
interface Place {
  readonly start: number;
  readonly end: number;
}

export class Imprint {
  readonly #bytes: DataView;
  /** Starts and ends, in turn, of what must be equal: all that lies between the values that may differ. */
  readonly #equal: readonly number[];
  readonly #counted: readonly Place[];

  /**
   * Keeps a copy of `message`. The values of `varying` keys may differ, wherever those stand; the value of each key
   * `counted`, which is one of them, is a number that the caller wants.
   * @throws VICI_PROTOCOL
   */
  constructor(message: MessageCursor, varying: NameSet<string>, counted: string) {
    const bytes = Buffer.from(message.bytes);
    const cursor = new MessageCursor(bytes);
    const equal = [0];
    const countedPlaces: Place[] = [];
    while (cursor.next() !== END) {
      const name = cursor.kind === KEY_VALUE ? cursor.nameIn(varying) : undefined;
      if (name === undefined) continue;
      equal.push(cursor.valueStart, cursor.valueEnd);
      if (name === counted) countedPlaces.push({ start: cursor.valueStart, end: cursor.valueEnd });
    }
    equal.push(bytes.length);
    this.#bytes = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
    this.#equal = snug(equal);
    this.#counted = snug(countedPlaces);
  }

  /**
   * If `message` says the same but for the values that may differ: its counted ones, in order (`before` itself if they are
   * those). Else undefined.
   */
  countsOf(message: MessageCursor, before: readonly number[] = []): readonly number[] | undefined {
    if (message.length !== this.#bytes.byteLength) return undefined;
    const equal = this.#equal;
    for (let index = 0; index < equal.length; index += 2) {
      const start = equal[index] as number;
      if (!message.isSame(this.#bytes, start, (equal[index + 1] as number) - start)) return undefined;
    }
    return this.#readCounts(message, before);
  }

  #readCounts(message: MessageCursor, before: readonly number[]): readonly number[] | undefined {
    let changed: number[] | undefined;
    for (let index = 0; index < this.#counted.length; index++) {
      const { start, end } = this.#counted[index] as Place;
      const count = message.numberAt(start, end);
      if (count === undefined || count > Number.MAX_SAFE_INTEGER) return undefined;
      if (count === before[index]) continue;
      changed ??= [...before];
      changed[index] = count;
    }
    return changed ?? before;
  }
}
