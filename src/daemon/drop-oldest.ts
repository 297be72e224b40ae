/**
 * Bounds for maps whose entries are moved to the end when they are used.
 */

/** Drops the entries that were set the longest time ago, until there are at most `most`. */
export function dropOldest<K>(map: Map<K, unknown>, most: number): void {
  // Only then: an iterator passes over the place of each entry that was moved away, thousands of them.
  if (map.size <= most) return;
  for (const oldest of map.keys()) {
    map.delete(oldest);
    if (map.size <= most) return;
  }
}
