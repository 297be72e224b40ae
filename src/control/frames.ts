/**
 * The stream of the control socket as frames: u32 length, big-endian, then that many bytes of payload.
 *
 * Knows lengths only, not what a payload means. The stream may be cut anywhere. What is held is what has
 * really come: a length that is claimed allocates nothing.
 */
import { controlProtocolError } from './errors.ts';

export const LENGTH_PREFIX_BYTES = 4;

/** Push chunks in, then take payloads out until `next()` has none. */
export class FrameReader {
  readonly #bytesMax: number;
  #chunks: Buffer[] = [];
  #held = 0;

  /** `bytesMax`: the longest payload that is let through. */
  constructor(bytesMax: number) {
    this.#bytesMax = bytesMax;
  }

  /** Appends what came from the stream; the chunk must not be changed afterwards. */
  push(chunk: Buffer): void {
    if (chunk.length === 0) return;
    this.#chunks.push(chunk);
    this.#held += chunk.length;
  }

  /** Whether bytes are held that belong to a frame that hasn't come to its end. */
  get isInsideFrame(): boolean {
    return this.#held > 0;
  }

  /** Takes the next whole payload; undefined if there is none yet. @throws CONTROL_PROTOCOL for a bad length */
  next(): Buffer | undefined {
    if (this.#held < LENGTH_PREFIX_BYTES) return undefined;
    const length = this.#front(LENGTH_PREFIX_BYTES).readUInt32BE(0);
    if (length === 0) throw controlProtocolError('an empty frame');
    if (length > this.#bytesMax) {
      throw controlProtocolError(`a frame of ${length} bytes, where at most ${this.#bytesMax} are allowed`);
    }
    const end = LENGTH_PREFIX_BYTES + length;
    if (this.#held < end) return undefined;
    const whole = this.#front(end);
    this.#held -= end;
    this.#chunks = this.#held === 0 ? [] : [whole.subarray(end), ...this.#chunks.slice(1)];
    return whole.subarray(LENGTH_PREFIX_BYTES, end);
  }

  /** The first chunk, made at least `bytes` long by joining it with those behind; they must be held. */
  #front(bytes: number): Buffer {
    const first = this.#chunks[0];
    if (first !== undefined && first.length >= bytes) return first;
    const joined = Buffer.concat(this.#chunks, this.#held);
    this.#chunks = [joined];
    return joined;
  }
}

/** One frame for `payload`. @throws CONTROL_PROTOCOL when it is empty or longer than `bytesMax` */
export function frame(payload: Buffer, bytesMax: number): Buffer {
  if (payload.length === 0 || payload.length > bytesMax) {
    throw controlProtocolError(`a frame of ${payload.length} bytes can't be sent: 1 to ${bytesMax} fit`);
  }
  const framed = Buffer.allocUnsafe(LENGTH_PREFIX_BYTES + payload.length);
  framed.writeUInt32BE(payload.length, 0);
  payload.copy(framed, LENGTH_PREFIX_BYTES);
  return framed;
}
