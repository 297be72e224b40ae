/**
 * What happened to peers, bounded: the last entries of each, and the last ones of all.
 */

import type { HistoryEntry } from '../control/api.ts';
import { HISTORY_ENTRIES_MAX } from '../control/limits.ts';
import { dropOldest } from './drop-oldest.ts';

const ENTRIES_PER_PEER_MAX = 32;

/** A peer keeps its history while its connection is away: a restart of charon takes all of them for a moment. */
const PEERS_MAX = 20_000;

export class History {
  readonly #all: HistoryEntry[] = [];
  readonly #byPeer = new Map<string, HistoryEntry[]>();
  readonly #listeners = new Set<(entry: HistoryEntry) => void>();

  add(key: string, entry: HistoryEntry): void {
    const ofPeer = this.#byPeer.get(key) ?? [];
    // Moved to the end: those that nothing has happened to for the longest time are at the front.
    this.#byPeer.delete(key);
    ofPeer.push(entry);
    if (ofPeer.length > ENTRIES_PER_PEER_MAX) ofPeer.shift();
    this.#byPeer.set(key, ofPeer);
    dropOldest(this.#byPeer, PEERS_MAX);
    this.#all.push(entry);
    // Dropped in blocks: a shift per entry would copy the whole array each time.
    if (this.#all.length > 2 * HISTORY_ENTRIES_MAX) this.#all.splice(0, HISTORY_ENTRIES_MAX);
    for (const listener of this.#listeners) listener(entry);
  }

  /** Takes in what a run before has left, oldest first. */
  restore(entries: readonly (readonly [key: string, entry: HistoryEntry])[]): void {
    for (const [key, entry] of entries) this.add(key, entry);
  }

  /** By key of the peer, oldest entry first. */
  get byPeer(): ReadonlyMap<string, readonly HistoryEntry[]> {
    return this.#byPeer;
  }

  of(key: string): readonly HistoryEntry[] {
    return this.#byPeer.get(key) ?? [];
  }

  latest(limit: number): readonly HistoryEntry[] {
    return limit <= 0 ? [] : this.#all.slice(-Math.min(limit, HISTORY_ENTRIES_MAX));
  }

  follow(listener: (entry: HistoryEntry) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }
}
