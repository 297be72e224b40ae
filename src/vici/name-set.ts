/**
 * A set of key names that is asked "which of these do the bytes spell?" without making a string.
 *
 * The answer is found by length, first and last byte, then compared in full. A narrow reader names its
 * fields once in such a set and switches over the answer.
 */
import { sameAscii } from './text.ts';

export class NameSet<Name extends string> {
  readonly #buckets: (readonly Name[] | undefined)[];
  readonly #mask: number;

  /** `names`: ASCII, not empty, none twice. */
  constructor(...names: readonly Name[]) {
    let size = 16;
    while (size < names.length * 4) size *= 2;
    this.#mask = size - 1;
    const buckets = Array.from<Name[] | undefined>({ length: size });
    for (const name of names) {
      const slot = this.#slot(name.length, name.charCodeAt(0), name.charCodeAt(name.length - 1));
      buckets[slot] = [...(buckets[slot] ?? []), name];
    }
    this.#buckets = buckets;
  }

  /** The name that `bytes[start..end)` spell, or undefined if it isn't in the set. */
  find(bytes: Buffer, start: number, end: number): Name | undefined {
    const length = end - start;
    if (length === 0) return undefined;
    const bucket = this.#buckets[this.#slot(length, bytes[start] as number, bytes[end - 1] as number)];
    if (bucket === undefined) return undefined;
    for (const name of bucket) {
      if (name.length === length && sameAscii(name, bytes, start)) return name;
    }
    return undefined;
  }

  #slot(length: number, first: number, last: number): number {
    return (length * 5 + first * 3 + last * 17) & this.#mask;
  }
}
