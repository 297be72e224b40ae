/**
 * The last entries of each peer's history as the state file holds them: short rows instead of maps, fewer for each the more
 * peers there are.
 */

import * as z from 'zod';
import type { HistoryEntry } from '../control/api.ts';

const ENTRIES_PER_PEER_MAX = 8;

/** Of all peers together, while there are fewer peers: some 5 MB. */
const ENTRIES_MAX = 40_000;

const WHY_CHARACTERS_MAX = 200;

/** time, kind, from, to, rule, why */
const ROW = z.tuple([
  z.string(),
  z.enum(['transition', 'note', 'trouble']),
  z.string().nullable(),
  z.string().nullable(),
  z.string(),
  z.string(),
]);

export const STORED_HISTORY = z.array(ROW);

export type StoredHistory = z.output<typeof STORED_HISTORY>;

/** How many entries of each peer are kept, of `peers` that have a history. */
export function entriesKept(peers: number): number {
  return Math.max(1, Math.min(ENTRIES_PER_PEER_MAX, Math.floor(ENTRIES_MAX / peers)));
}

/** The last `count` of a peer's `entries`, oldest first. */
export function storedHistory(entries: readonly HistoryEntry[], count: number): StoredHistory {
  return entries
    .slice(-count)
    .map(({ at, kind, from, to, rule, why }) => [at, kind, from, to, rule, why.slice(0, WHY_CHARACTERS_MAX)]);
}

/** All entries of all peers in the order in which they happened, each with the key of its peer. */
export function restoredHistory(
  stored: Iterable<readonly [key: string, rows: StoredHistory]>,
): (readonly [key: string, entry: HistoryEntry])[] {
  const all = [...stored].flatMap(([key, rows]) => {
    const [service = '', ...rest] = key.split('/');
    const peer = rest.join('/');
    return rows.map(([at, kind, from, to, rule, why]) => {
      return [key, { at, service, peer, kind, from, to, rule, why }] as const;
    });
  });
  return all.sort(([, left], [, right]) => (left.at < right.at ? -1 : Number(left.at > right.at)));
}
