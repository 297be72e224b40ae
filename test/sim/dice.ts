/**
 * Random numbers from a text: the same seed always gives the same numbers. Nothing else in the simulation is random.
 *
 * Streams with a label of their own are independent, so one more draw in one place moves nothing elsewhere.
 */

const WORDS = 4;

/** FNV-1a over the text, begun differently for each word. */
function words(text: string): number[] {
  return Array.from({ length: WORDS }, (_, word) => {
    let hash = 2_166_136_261 ^ Math.imul(word + 1, 0x9e3779b9);
    for (let at = 0; at < text.length; at += 1) {
      hash = Math.imul(hash ^ text.charCodeAt(at), 16_777_619);
      hash ^= hash >>> 15;
    }
    return hash >>> 0;
  });
}

export class Dice {
  readonly #seed: string;
  #a: number;
  #b: number;
  #c: number;
  #count: number;

  constructor(seed: string) {
    this.#seed = seed;
    const [a = 1, b = 2, c = 3, count = 4] = words(seed);
    this.#a = a;
    this.#b = b;
    this.#c = c;
    this.#count = count;
    for (let warmUp = 0; warmUp < 12; warmUp += 1) this.next();
  }

  /** A stream of its own. */
  fork(label: string): Dice {
    return new Dice(`${this.#seed}/${label}`);
  }

  /** 0 <= n < 1; the generator is sfc32. */
  next(): number {
    const sum = (this.#a + this.#b + this.#count) | 0;
    this.#count = (this.#count + 1) | 0;
    this.#a = this.#b ^ (this.#b >>> 9);
    this.#b = (this.#c + (this.#c << 3)) | 0;
    this.#c = (this.#c << 21) | (this.#c >>> 11);
    this.#c = (this.#c + sum) | 0;
    return (sum >>> 0) / 4_294_967_296;
  }

  between(low: number, high: number): number {
    return low + (high - low) * this.next();
  }

  /** Whole number, both ends included. */
  integer(low: number, high: number): number {
    return low + Math.floor((high - low + 1) * this.next());
  }

  chance(probability: number): boolean {
    return this.next() < probability;
  }

  pick<T>(list: readonly [T, ...T[]]): T {
    return list[Math.floor(this.next() * list.length)] ?? list[0];
  }

  /** Time to the next of many independent happenings that come `mean` apart. */
  exponential(mean: number): number {
    return -mean * Math.log(1 - this.next());
  }

  /** 16 hexadecimal digits, not all zero. */
  spi(): string {
    const half = () =>
      Math.floor(this.next() * 4_294_967_296)
        .toString(16)
        .padStart(8, '0');
    return `${half()}${half()}`.replace(/^0{16}$/, '0000000000000001');
  }
}
