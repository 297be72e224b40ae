/**
 * What must survive a restart of the sidecar: who started each IKE_SA, counters, what was paused, the last of the history.
 *
 * charon is the truth about tunnels; this is history. So it is written soon after a change, not before it,
 * and a damaged file costs nothing but history.
 */

import { z } from 'zod';
import type { HistoryEntry } from '../control/api.ts';
import { messageOf } from '../errors.ts';
import { NOTHING_REMEMBERED, type PeerMemory } from '../policy/state.ts';
import type { CancelTimer, Clock } from '../timers/clock.ts';
import type { Log } from './log.ts';
import { memoryOf, type Peer } from './peer.ts';
import { loadSnapshot, saveSnapshot } from './snapshot-file.ts';
import { restoredHistory, STORED_HISTORY, type StoredHistory, storedHistory } from './stored-history.ts';

/** Changes within this time are written together: each writing waits for the disk twice. */
const GATHER_MS = { soon: 100, later: 2_000 } as const;

/** A disk that refuses is tried again after this, also if nothing changes any more. */
const RETRY_MS = 30_000;

/** Most peers kept in mind that aren't there: without charon, or before it has loaded connections, that may be all. */
const DEPARTED_MAX = 10_000;

const COUNT = z.number().int().nonnegative();

/** Keys that a newer afteryou added are passed over: going back to an older one must not cost who started what. */
const MEMORY = z.object({
  lineages: z.array(
    z.object({
      initiatorSpi: z.string().max(32),
      responderSpi: z.string().max(32),
      startedBy: z.enum(['self', 'peer']),
    }),
  ),
  counters: z.object({
    cycles: COUNT,
    initiations: COUNT,
    collisions: COUNT,
    settled: COUNT,
    swept: COUNT,
    violations: COUNT,
  }),
  isPaused: z.boolean(),
});

const STATE = z.object({ peers: z.record(z.string(), MEMORY), history: STORED_HISTORY.optional() });

export interface StateKeeperOptions {
  readonly file: string;
  readonly clock: Clock;
  readonly log: Log;
  readonly peers: () => ReadonlyMap<string, Peer>;
  /** By key of the peer, oldest entry first. */
  readonly history: () => ReadonlyMap<string, readonly HistoryEntry[]>;
}

export class StateKeeper {
  readonly #options: StateKeeperOptions;
  /** Also of peers that aren't there now, the longest gone first. */
  readonly #memories: Map<string, PeerMemory>;
  readonly #history: StoredHistory;
  /** Peers that there have been in this run. */
  readonly #known = new Set<string>();
  #cancel: CancelTimer | null = null;
  /** When it is written next. */
  #dueMs = Number.POSITIVE_INFINITY;
  /** Why the last writing failed; null if it didn't. */
  #failure: string | null = null;

  constructor(options: StateKeeperOptions) {
    this.#options = options;
    const loaded = loadSnapshot(options.file, STATE);
    if (loaded.problem !== null) options.log.warning({ why: loaded.problem }, 'the state file is not used');
    this.#memories = new Map(Object.entries(loaded.value?.peers ?? {}));
    this.#history = loaded.value?.history ?? {};
  }

  /**
   * What this run or the one before knew of a peer when it was last there.
   *
   * @param isStandby the peer is to be paused at the start, whatever it did before a reboot; only then, since a
   * peer whose connection goes and comes back with charon is as it was
   */
  recall(key: string, isStandby = false): PeerMemory | undefined {
    const memory = this.#memories.get(key);
    if (this.#known.has(key)) return memory;
    this.#known.add(key);
    return isStandby ? { ...(memory ?? NOTHING_REMEMBERED), isPaused: true } : memory;
  }

  /** What the run before had in its history, in order; each entry with the key of its peer. */
  recallHistory(): readonly (readonly [key: string, entry: HistoryEntry])[] {
    return restoredHistory(this.#history);
  }

  /** Takes note of all peers as they are: to be called before any of them goes. */
  note(): void {
    const peers = this.#options.peers();
    for (const [key, { state }] of peers) {
      this.#memories.delete(key);
      this.#memories.set(key, memoryOf(state));
    }
    for (const key of this.#memories.keys()) {
      if (this.#memories.size <= peers.size + DEPARTED_MAX) break;
      this.#memories.delete(key);
    }
  }

  /** Something worth keeping changed: `soon` what nobody could find out again, `later` counters. */
  touch(when: 'soon' | 'later'): void {
    this.#saveIn(GATHER_MS[when]);
  }

  /** For `afteryou status`: a file that can't be written. */
  get warnings(): readonly string[] {
    if (this.#failure === null) return [];
    return [
      `The state file cannot be written: ${this.#failure}. Tunnels don't need it, but a restart would forget what has changed since.`,
    ];
  }

  #saveIn(ms: number): void {
    const { clock } = this.#options;
    const dueMs = clock.nowMs() + ms;
    if (this.#dueMs <= dueMs) return;
    this.#cancel?.();
    this.#dueMs = dueMs;
    this.#cancel = clock.callAt(dueMs, () => {
      this.save();
      if (this.#failure !== null) this.#saveIn(RETRY_MS);
    });
  }

  /** Writes now; a disk that refuses is told of once, and so is its recovery. */
  save(): void {
    this.#cancel?.();
    this.#cancel = null;
    this.#dueMs = Number.POSITIVE_INFINITY;
    this.note();
    const { file, log, history } = this.#options;
    try {
      const peers = Object.fromEntries(this.#memories);
      saveSnapshot(file, { peers, history: storedHistory(history()) });
      if (this.#failure !== null) log.notice({ file }, 'the state file is written again');
      this.#failure = null;
    } catch (error) {
      const why = messageOf(error);
      if (this.#failure === null) log.error({ file, why }, 'the state file cannot be written');
      this.#failure = why;
    }
  }
}
