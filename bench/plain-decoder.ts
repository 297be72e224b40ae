/**
 * The VICI decoder that one writes first: a reader with a position, a string for each name and each value, an object for
 * each section. The baseline of the decoding benchmarks; nothing else uses it.
 */
class Reader {
  readonly #bytes: Buffer;
  #position = 0;

  constructor(bytes: Buffer) {
    this.#bytes = bytes;
  }

  get isAtEnd(): boolean {
    return this.#position >= this.#bytes.length;
  }

  byte(): number {
    return this.#bytes.readUInt8(this.#position++);
  }

  text(length: number): string {
    const start = this.#position;
    this.#position += length;
    return this.#bytes.subarray(start, this.#position).toString();
  }

  name(): string {
    return this.text(this.byte());
  }

  value(): string {
    const length = this.#bytes.readUInt16BE(this.#position);
    this.#position += 2;
    return this.text(length);
  }
}

export type PlainValue = string | string[] | PlainSection;

export interface PlainSection {
  [name: string]: PlainValue;
}

/** Decodes a message. Loses the earlier one of two sections of the same name, as objects do. */
export function decodePlain(bytes: Buffer): PlainSection {
  const reader = new Reader(bytes);
  const root: PlainSection = {};
  const open: PlainSection[] = [root];
  let list: string[] = [];
  while (!reader.isAtEnd) {
    const section = open.at(-1);
    if (section === undefined) throw new Error('more sections end than begin');
    const kind = reader.byte();
    switch (kind) {
      case 1: {
        const inner: PlainSection = {};
        section[reader.name()] = inner;
        open.push(inner);
        break;
      }
      case 2:
        open.pop();
        break;
      case 3:
        section[reader.name()] = reader.value();
        break;
      case 4:
        list = [];
        section[reader.name()] = list;
        break;
      case 5:
        list.push(reader.value());
        break;
      case 6:
        break;
      default:
        throw new Error(`unknown element ${kind}`);
    }
  }
  return root;
}
