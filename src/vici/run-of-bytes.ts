/**
 * Known bytes that are looked for in others, at a place that the caller knows.
 *
 * Most of reading VICI is seeing that names and values are those expected. They are short: compared one by one they cost more
 * than making all the strings of a message, and a call of `Buffer.compare` costs as much as forty of them. So they are
 * compared four at a time.
 */

const WORD_BYTES = 4;

let lastBytes: Buffer = Buffer.alloc(0);
let lastView = new DataView(lastBytes.buffer);

/** A view of all of `bytes`; the same one for the same bytes, as long as nobody asks for those of others meanwhile. */
export function viewOf(bytes: Buffer): DataView {
  if (bytes !== lastBytes) {
    lastView = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
    lastBytes = bytes;
  }
  return lastView;
}

export class RunOfBytes {
  readonly bytes: Buffer;
  readonly length: number;
  /** The bytes in order, four in each; if some are left over, the last four once more. */
  readonly #words: readonly number[];
  /** Where the last word is. */
  readonly #lastAt: number;

  constructor(bytes: Buffer) {
    this.bytes = bytes;
    this.length = bytes.length;
    const words: number[] = [];
    this.#lastAt = bytes.length - WORD_BYTES;
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
    for (let at = 0; at < this.#lastAt; at += WORD_BYTES) words.push(view.getInt32(at));
    if (this.#lastAt >= 0) words.push(view.getInt32(this.#lastAt));
    this.#words = words;
  }

  /** Whether these bytes are those at `at` of `view`; as many must be there. */
  isAt(view: DataView, at: number): boolean {
    const words = this.#words;
    const last = words.length - 1;
    if (last < 0) return this.#areFewAt(view, at);
    for (let index = 0; index < last; index++) {
      if (view.getInt32(at + index * WORD_BYTES) !== words[index]) return false;
    }
    return view.getInt32(at + this.#lastAt) === words[last];
  }

  #areFewAt(view: DataView, at: number): boolean {
    for (let index = 0; index < this.length; index++) {
      if (view.getUint8(at + index) !== this.bytes[index]) return false;
    }
    return true;
  }
}
