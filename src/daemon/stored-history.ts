/**
 * The last entries of each peer's history as the state file holds them: short rows instead of maps, fewer for each the more
 * peers there are.
 */

import { z } from 'zod';
import type { HistoryEntry } from '../control/api.ts';

const ENTRIES_PER_PEER_MAX = 8;

/** Of all peers together: some 8 MB. */
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

export const STORED_HISTORY = z.record(z.string(), z.array(ROW));

export type StoredHistory = z.output<typeof STORED_HISTORY>;

/** @param histories entries by the key of their peer, oldest first */
export function storedHistory(histories: ReadonlyMap<string, readonly HistoryEntry[]>): StoredHistory {
  const share = Math.max(1, Math.min(ENTRIES_PER_PEER_MAX, Math.floor(ENTRIES_MAX / histories.size)));
  const stored: StoredHistory = {};
  for (const [key, entries] of [...histories].slice(-ENTRIES_MAX)) {
    stored[key] = entries
      .slice(-share)
      .map(({ at, kind, from, to, rule, why }) => [
        at,
        kind,
        from,
        to,
        rule,
        why.slice(0, WHY_CHARACTERS_MAX),
      ]);
  }
  return stored;
}

/** All entries of all peers in the order in which they happened, each with the key of its peer. */
export function restoredHistory(stored: StoredHistory): (readonly [key: string, entry: HistoryEntry])[] {
  const all = Object.entries(stored).flatMap(([key, rows]) => {
    const [service = '', ...rest] = key.split('/');
    const peer = rest.join('/');
    return rows.map(([at, kind, from, to, rule, why]) => {
      return [key, { at, service, peer, kind, from, to, rule, why }] as const;
    });
  });
  return all.sort(([, left], [, right]) => (left.at < right.at ? -1 : Number(left.at > right.at)));
}
