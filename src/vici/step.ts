/**
 * A step through sections of one shape: over entries whose values are always the same, to the next one that must be read.
 *
 * Of fifty values of an IKE_SA thirty are those of all the others: its algorithms, its ports. Where the bytes of such a
 * stretch are the expected ones, they say what they always say, and nothing of it needs to be read.
 */
import type { Shape } from './shape.ts';
import { SECTION_START } from './wire.ts';

/** Bounds what a hostile peer of ours can make us keep. */
const STEP_BYTES_MAX = 512;

export class Step {
  /** Values of the keys that are passed over. */
  readonly texts: readonly string[];
  /** How many bytes those take. */
  readonly passed: number;
  /** The shape with the entry that is to be read now. */
  readonly to: Shape;
  /** The bytes passed over, then kind and name of the entry to read (of a section, whose name is data, only the kind). */
  readonly bytes: Buffer;
  readonly view: DataView;
  /** How many those bytes are: asking the view for it each time costs as much as comparing a dozen of them. */
  readonly length: number;

  private constructor(texts: readonly string[], passed: number, to: Shape, bytes: Buffer) {
    this.texts = texts;
    this.passed = passed;
    this.to = to;
    this.bytes = bytes;
    this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
    this.length = bytes.length;
  }

  /** To the very next entry. */
  static to(shape: Shape): Step {
    return new Step([], 0, shape, headOf(shape));
  }

  /** This step and the one after it in one, over the entry between them, whose value is `text`; none if that is too long. */
  joined(text: string, after: Step): Step | undefined {
    if (this.bytes.length + after.bytes.length > STEP_BYTES_MAX) return undefined;
    const value = Buffer.from(text);
    const length = Buffer.from([value.length >> 8, value.length & 0xff]);
    const passed = this.bytes.length + length.length + value.length + after.passed;
    const bytes = Buffer.concat([this.bytes, length, value, after.bytes]);
    return new Step([...this.texts, text, ...after.texts], passed, after.to, bytes);
  }
}

function headOf({ kind, name }: Shape): Buffer {
  if (kind === SECTION_START) return Buffer.from([kind]);
  const bytes = Buffer.from(name);
  return Buffer.concat([Buffer.from([kind, bytes.length]), bytes]);
}
