/**
 * Deadlines as data: at most one per key, the earliest first.
 *
 * A binary heap whose entries know their place, so that moving or dropping a deadline costs O(log n) and
 * nothing stale ever stays in it.
 */

interface Entry<K> {
  readonly key: K;
  atMs: number;
  /** Breaks ties: of two deadlines at the same time the one set earlier comes first. */
  order: number;
  /** In the heap. */
  place: number;
}

export class DeadlineHeap<K> {
  readonly #heap: Entry<K>[] = [];
  readonly #entries = new Map<K, Entry<K>>();
  #order = 0;

  get size(): number {
    return this.#heap.length;
  }

  /** Sets the deadline of `key`, or moves it. */
  set(key: K, atMs: number): void {
    this.#order += 1;
    const order = this.#order;
    const known = this.#entries.get(key);
    if (known) {
      known.atMs = atMs;
      known.order = order;
      this.#settle(known);
      return;
    }
    const entry = { key, atMs, order, place: this.#heap.length };
    this.#entries.set(key, entry);
    this.#heap.push(entry);
    this.#rise(entry);
  }

  /** @returns false if `key` had no deadline */
  delete(key: K): boolean {
    const entry = this.#entries.get(key);
    if (!entry) return false;
    this.#entries.delete(key);
    const last = this.#heap.pop();
    if (last && last !== entry) {
      last.place = entry.place;
      this.#settle(last);
    }
    return true;
  }

  get(key: K): number | undefined {
    return this.#entries.get(key)?.atMs;
  }

  /** The earliest deadline and its key. */
  peek(): { readonly key: K; readonly atMs: number } | undefined {
    return this.#heap[0];
  }

  /** Takes the earliest key out if its deadline has come. */
  popDue(nowMs: number): K | undefined {
    const first = this.#heap[0];
    if (!first || first.atMs > nowMs) return undefined;
    this.delete(first.key);
    return first.key;
  }

  /** To where it belongs, whichever way that is. */
  #settle(entry: Entry<K>): void {
    this.#rise(entry);
    this.#sink(entry);
  }

  #rise(entry: Entry<K>): void {
    const heap = this.#heap;
    let { place } = entry;
    while (place > 0) {
      const above = heap[(place - 1) >> 1];
      if (!above || !isEarlier(entry, above)) break;
      const free = above.place;
      this.#put(above, place);
      place = free;
    }
    this.#put(entry, place);
  }

  #sink(entry: Entry<K>): void {
    const heap = this.#heap;
    let { place } = entry;
    for (;;) {
      const left = heap[2 * place + 1];
      const right = heap[2 * place + 2];
      const below = left && right && isEarlier(right, left) ? right : left;
      if (!below || !isEarlier(below, entry)) break;
      const free = below.place;
      this.#put(below, place);
      place = free;
    }
    this.#put(entry, place);
  }

  #put(entry: Entry<K>, place: number): void {
    this.#heap[place] = entry;
    entry.place = place;
  }
}

function isEarlier(entry: Entry<unknown>, against: Entry<unknown>): boolean {
  return entry.atMs < against.atMs || (entry.atMs === against.atMs && entry.order < against.order);
}
