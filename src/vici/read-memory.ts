/**
 * The memory that a socket's bytes are read into.
 *
 * Node by itself takes 64 KiB for each read, which for answers of some bytes is a good part of what a round trip costs. Here
 * memory that was filled is handed on as it is, and of a short read only the few bytes are.
 */

/** Up to here copying costs less than new memory. */
const SHORT_READ_BYTES_MAX = 4_096;

export class ReadMemory {
  readonly #readBytesMax: number;
  #memory: Buffer | undefined;

  /** @param readBytesMax what one read brings at most */
  constructor(readBytesMax: number) {
    this.#readBytesMax = readBytesMax;
  }

  /** Where the next read may write. */
  forNextRead(): Buffer {
    this.#memory ??= Buffer.allocUnsafeSlow(this.#readBytesMax);
    return this.#memory;
  }

  /** The `length` bytes that were read; nobody writes into them any more. */
  take(length: number): Buffer {
    const memory = this.forNextRead();
    if (length > SHORT_READ_BYTES_MAX) {
      this.#memory = undefined;
      return memory.subarray(0, length);
    }
    const bytes = Buffer.allocUnsafe(length);
    memory.copy(bytes, 0, 0, length);
    return bytes;
  }
}
