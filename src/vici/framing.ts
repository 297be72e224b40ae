/**
 * A stream of bytes to frames: each frame is the packet between two length prefixes.
 *
 * The stream may be cut anywhere. A frame that lies in one chunk is handed out where it lies; one that is
 * cut is gathered once, in a buffer of just its size. At most the unread chunks and one such buffer are held;
 * whoever pushes must stop while `next()` isn't called. Source: VICI README, "Transport protocol".
 */
import { protocolError } from './errors.ts';
import { LENGTH_PREFIX_BYTES, MAX_PACKET_BYTES } from './wire.ts';

const NOTHING = Buffer.alloc(0);

/** Push chunks in, then take frames out until `next()` is false. */
export class FrameReader {
  #chunks: Buffer[] = [];
  #position = 0;
  #prefix = 0;
  #prefixBytes = 0;
  #gathered: Buffer | undefined;
  #gatheredBytes = 0;
  /** The frame that `next()` found is `bytes[start..end)`. It is never overwritten. */
  bytes: Buffer = NOTHING;
  start = 0;
  end = 0;

  /** Appends what came from the stream; the chunk must not be changed afterwards. */
  push(chunk: Buffer): void {
    if (chunk.length > 0) this.#chunks.push(chunk);
  }

  /** Whether a frame has begun that hasn't come to its end, or bytes wait that nobody has asked for. */
  get isInsideFrame(): boolean {
    return this.#chunks.length > 0 || this.#prefixBytes > 0;
  }

  /** Finds the next whole frame; false if there is none yet. @throws VICI_PROTOCOL for a length of 0 or over 512 KiB */
  next(): boolean {
    while (this.#chunks.length > 0) {
      const chunk = this.#chunks[0] as Buffer;
      const isFound = this.#takeFrom(chunk);
      if (this.#position === chunk.length) {
        this.#chunks.shift();
        this.#position = 0;
      }
      if (isFound) return true;
    }
    return false;
  }

  #takeFrom(chunk: Buffer): boolean {
    while (this.#prefixBytes < LENGTH_PREFIX_BYTES) {
      if (this.#position === chunk.length) return false;
      this.#prefix = this.#prefix * 256 + (chunk[this.#position++] as number);
      this.#prefixBytes++;
      if (this.#prefixBytes === LENGTH_PREFIX_BYTES) checkLength(this.#prefix);
    }
    const missing = this.#prefix - this.#gatheredBytes;
    const available = chunk.length - this.#position;
    if (this.#gathered === undefined && available >= missing) {
      this.#found(chunk, this.#position, this.#position + missing);
      this.#position += missing;
      return true;
    }
    if (available === 0) return false;
    this.#gathered ??= Buffer.allocUnsafeSlow(this.#prefix);
    const taken = Math.min(missing, available);
    chunk.copy(this.#gathered, this.#gatheredBytes, this.#position, this.#position + taken);
    this.#position += taken;
    this.#gatheredBytes += taken;
    if (taken < missing) return false;
    this.#found(this.#gathered, 0, this.#prefix);
    return true;
  }

  #found(bytes: Buffer, start: number, end: number): void {
    this.bytes = bytes;
    this.start = start;
    this.end = end;
    this.#prefix = 0;
    this.#prefixBytes = 0;
    this.#gathered = undefined;
    this.#gatheredBytes = 0;
  }
}

/** Refuses a length before anything is stored for it. */
function checkLength(length: number): void {
  if (length === 0) throw protocolError('an empty packet');
  if (length > MAX_PACKET_BYTES) {
    throw protocolError(`a packet of ${length} bytes, at most ${MAX_PACKET_BYTES} are allowed`);
  }
}
