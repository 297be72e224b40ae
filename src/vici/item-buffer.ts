/**
 * Items of a stream between the socket, which brings them, and a consumer that takes them at its own pace.
 *
 * Never drops one: when it is full it asks for a pause, and reading stops before the next packet.
 */

/** What the buffer calls when reading should stop and go on. */
export interface Tap {
  readonly pause: () => void;
  readonly resume: () => void;
}

export class ItemBuffer<Item> {
  readonly #items: Item[] = [];
  readonly #capacity: number;
  readonly #tap: Tap;
  #isPaused = false;
  #end: { readonly error?: unknown } | undefined;
  #wake: () => void = () => undefined;

  /** Asks for a pause at `capacity` items, and for more once half of them are taken. */
  constructor(capacity: number, tap: Tap) {
    this.#capacity = capacity;
    this.#tap = tap;
  }

  push(item: Item): void {
    this.#items.push(item);
    if (!this.#isPaused && this.#items.length >= this.#capacity) {
      this.#isPaused = true;
      this.#tap.pause();
    }
    // Only of the first one somebody may be waiting.
    if (this.#items.length === 1) this.#wake();
  }

  /** No more items come; the consumer gets the error, if any, after the last item. */
  finish(end: { readonly error?: unknown } = {}): void {
    this.#end ??= end;
    this.#wake();
  }

  /** All items that are there, at least one; none at the end. @throws what `finish` was given */
  async take(): Promise<Item[]> {
    while (this.#items.length === 0 && this.#end === undefined) {
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
    if (this.#items.length === 0 && this.#end !== undefined && 'error' in this.#end) throw this.#end.error;
    return this.#items.splice(0, this.#capacity);
  }

  /** Reading goes on if it was stopped. */
  resume(): void {
    if (!this.#isPaused) return;
    this.#isPaused = false;
    this.#tap.resume();
  }
}
