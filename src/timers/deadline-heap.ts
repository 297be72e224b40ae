/**
 * Deadlines as data: at most one per key, the earliest first.
 *
 * A binary heap with the place of every key, so that moving or dropping a deadline costs O(log n) and
 * nothing stale ever stays in it.
 */

interface Entry<K> {
  readonly key: K;
  atMs: number;
  /** Breaks ties: of two deadlines at the same time the one set earlier comes first. */
  order: number;
}

export class DeadlineHeap<K> {
  readonly #heap: Entry<K>[] = [];
  readonly #places = new Map<K, number>();
  #order = 0;

  get size(): number {
    return this.#heap.length;
  }

  /** Sets the deadline of `key`, or moves it. */
  set(key: K, atMs: number): void {
    this.#order += 1;
    const place = this.#places.get(key);
    if (place === undefined) {
      this.#heap.push({ key, atMs, order: this.#order });
      this.#places.set(key, this.#heap.length - 1);
      this.#rise(this.#heap.length - 1);
      return;
    }
    const entry = this.#heap[place];
    if (!entry) return;
    entry.atMs = atMs;
    entry.order = this.#order;
    this.#rise(place);
    this.#sink(this.#places.get(key) ?? place);
  }

  /** @returns false if `key` had no deadline */
  delete(key: K): boolean {
    const place = this.#places.get(key);
    if (place === undefined) return false;
    this.#places.delete(key);
    const last = this.#heap.pop();
    if (last && place < this.#heap.length) {
      this.#put(last, place);
      this.#rise(place);
      this.#sink(this.#places.get(last.key) ?? place);
    }
    return true;
  }

  get(key: K): number | undefined {
    const place = this.#places.get(key);
    return place === undefined ? undefined : this.#heap[place]?.atMs;
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

  #put(entry: Entry<K>, place: number): void {
    this.#heap[place] = entry;
    this.#places.set(entry.key, place);
  }

  #rise(from: number): void {
    let place = from;
    while (place > 0) {
      const above = (place - 1) >> 1;
      if (!this.#swapIfEarlier(place, above)) return;
      place = above;
    }
  }

  #sink(from: number): void {
    let place = from;
    for (;;) {
      const left = 2 * place + 1;
      const right = left + 1;
      const child = this.#isEarlier(right, left) ? right : left;
      if (!this.#swapIfEarlier(child, place)) return;
      place = child;
    }
  }

  #isEarlier(place: number, other: number): boolean {
    const entry = this.#heap[place];
    const against = this.#heap[other];
    if (!entry || !against) return false;
    return entry.atMs < against.atMs || (entry.atMs === against.atMs && entry.order < against.order);
  }

  #swapIfEarlier(lower: number, upper: number): boolean {
    if (!this.#isEarlier(lower, upper)) return false;
    const below = this.#heap[lower];
    const above = this.#heap[upper];
    if (!below || !above) return false;
    this.#put(below, upper);
    this.#put(above, lower);
    return true;
  }
}
