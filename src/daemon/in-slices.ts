/**
 * Something done with each of very many: some at a time, so that timers and news that come in meanwhile aren't held up by it.
 */

/** So many at a time: a few milliseconds' work, also while the code is still cold. */
export const AT_ONCE = 32;

/** The first ones at once, the others in later turns of the event loop, in order. Rejects with what `act` throws. */
export async function inSlices<T>(items: Iterable<T>, act: (item: T) => void): Promise<void> {
  let count = 0;
  for (const item of items) {
    if (count > 0 && count % AT_ONCE === 0) await new Promise(setImmediate);
    act(item);
    count += 1;
  }
}
