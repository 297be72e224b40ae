/**
 * Rests between the readings of a socket that tells much which nobody is in a hurry for (charon's log).
 *
 * Read as they come, such messages wake the reader one by one, and charon as well for each that it hands over. While nobody reads,
 * charon gathers them: first in the socket, then in its own memory, and never waits for us (`vici_socket.c` queues what a socket
 * doesn't take). So each reading is followed by a rest, a short one if it brought much, since then more waits at charon. Where little
 * is told nothing rests: then each message is read as it comes.
 */

/** So many readings of each second that brought little are followed by none: a few calls at a time don't bring more. */
export const FREE_READINGS = 50;

const SECOND_MS = 1_000;

/** A reading that brought so much, or as much as it may, was likely not all. */
export const MUCH_BYTES = 16_384;

/** Long enough for charon to fill the socket again. */
const SHORT_REST_MS = 3;

export class ReadRests {
  readonly #restMs: number;
  readonly #muchBytes: number;
  readonly #onOver: () => void;
  /** Readings since then. */
  #readings = 0;
  #sinceMs = Number.NEGATIVE_INFINITY;
  #timer: NodeJS.Timeout | undefined;

  /**
   * @param restMs the longest rest: so old is the oldest of what is read, or older if more was told than is read at once
   * @param readBytesMax what one reading brings at most
   * @param onOver called at the end of each rest
   */
  constructor(restMs: number, readBytesMax: number, onOver: () => void) {
    this.#restMs = restMs;
    this.#muchBytes = Math.min(MUCH_BYTES, readBytesMax);
    this.#onOver = onOver;
  }

  get isResting(): boolean {
    return this.#timer !== undefined;
  }

  /** A reading brought so many bytes. */
  begin(bytes: number): void {
    const isMuch = bytes >= this.#muchBytes;
    if (this.#restMs === 0 || this.isResting || (!isMuch && this.#isFree())) return;
    const restMs = isMuch ? Math.min(SHORT_REST_MS, this.#restMs) : this.#restMs;
    this.#timer = setTimeout(() => {
      this.#timer = undefined;
      this.#onOver();
    }, restMs);
  }

  #isFree(): boolean {
    const nowMs = performance.now();
    if (nowMs >= this.#sinceMs + SECOND_MS) {
      this.#sinceMs = nowMs;
      this.#readings = 0;
    }
    this.#readings += 1;
    return this.#readings <= FREE_READINGS;
  }

  /** Ends the rest without a word. */
  stop(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }
}
