/**
 * What Debian 12's Node 18 lacks of the language's library and the program uses: arrays that are copied sorted or turned
 * round (ECMAScript 2023, "Array.prototype.toSorted"). Must be imported first.
 */

const ADDITIONS = {
  toSorted(this: readonly unknown[], compare?: (left: unknown, right: unknown) => number): unknown[] {
    return [...this].sort(compare);
  },
  toReversed(this: readonly unknown[]): unknown[] {
    return [...this].reverse();
  },
};

for (const [name, value] of Object.entries(ADDITIONS)) {
  if (!(name in Array.prototype)) {
    // oxlint-disable-next-line eslint/no-extend-native -- exactly what the standard puts there
    Object.defineProperty(Array.prototype, name, { value, writable: true, configurable: true });
  }
}
