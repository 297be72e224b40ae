/** Names for afteryou.yaml, which has 1..32 letters and digits, out of names that may hold anything. */

const NAME_MAX = 32;

/** Gives each name away once. */
export class Names {
  readonly #given = new Set<string>();

  /**
   * The first of these that is free, with what can't stand in a name left out; with a number behind it if none is.
   * `fallback` stands in for a name that nothing is left of.
   */
  give(candidates: readonly string[], fallback: string): string {
    const fit = candidates.map((text) => text.replaceAll(/[^A-Za-z0-9]/g, '').slice(0, NAME_MAX));
    const names = fit.map((text) => (text === '' ? fallback : text));
    let name = names.find((text) => !this.#given.has(text));
    for (let number = 2; name === undefined; number += 1) {
      const numbered = `${(names[0] ?? fallback).slice(0, NAME_MAX - 6)}${number}`;
      if (!this.#given.has(numbered)) name = numbered;
    }
    this.#given.add(name);
    return name;
  }
}
