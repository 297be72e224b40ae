/**
 * What must survive a restart of the sidecar: who started each IKE_SA, counters, what was paused.
 *
 * charon is the truth about tunnels; this is history. So it is written soon after a change, not before it,
 * and a damaged file costs nothing but history.
 */

import { z } from 'zod';
import { NOTHING_REMEMBERED, type PeerMemory } from '../policy/state.ts';
import type { CancelTimer, Clock } from '../timers/clock.ts';
import type { Log } from './log.ts';
import { memoryOf, type Peer } from './peer.ts';
import { loadSnapshot, saveSnapshot } from './snapshot-file.ts';

/** Changes within this time are written together: each writing waits for the disk twice. */
const GATHER_MS = { soon: 100, later: 2_000 } as const;

/** Most peers kept in mind that aren't there: without charon, or before it has loaded connections, that may be all. */
const DEPARTED_MAX = 10_000;

const COUNT = z.number().int().nonnegative();

const MEMORY = z.strictObject({
  lineages: z.array(
    z.strictObject({
      initiatorSpi: z.string().max(32),
      responderSpi: z.string().max(32),
      startedBy: z.enum(['self', 'peer']),
    }),
  ),
  counters: z.strictObject({
    cycles: COUNT,
    initiations: COUNT,
    collisions: COUNT,
    settled: COUNT,
    swept: COUNT,
    violations: COUNT,
  }),
  isPaused: z.boolean(),
});

const STATE = z.strictObject({ peers: z.record(z.string(), MEMORY) });

export interface StateKeeperOptions {
  readonly file: string;
  readonly clock: Clock;
  readonly log: Log;
  readonly peers: () => ReadonlyMap<string, Peer>;
}

export class StateKeeper {
  readonly #options: StateKeeperOptions;
  /** Also of peers that aren't there now, the longest gone first. */
  readonly #memories: Map<string, PeerMemory>;
  /** Peers that there have been in this run. */
  readonly #known = new Set<string>();
  #cancel: CancelTimer | null = null;
  /** When it is written next. */
  #dueMs = Number.POSITIVE_INFINITY;
  #hasFailed = false;

  constructor(options: StateKeeperOptions) {
    this.#options = options;
    const loaded = loadSnapshot(options.file, STATE);
    if (loaded.problem !== null) options.log.warning({ why: loaded.problem }, 'the state file is not used');
    this.#memories = new Map(Object.entries(loaded.value?.peers ?? {}));
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
    const { clock } = this.#options;
    const dueMs = clock.nowMs() + GATHER_MS[when];
    if (this.#dueMs <= dueMs) return;
    this.#cancel?.();
    this.#dueMs = dueMs;
    this.#cancel = clock.callAt(dueMs, () => this.save());
  }

  /** Writes now; a disk that refuses is told of once and tried again at the next change. */
  save(): void {
    this.#cancel?.();
    this.#cancel = null;
    this.#dueMs = Number.POSITIVE_INFINITY;
    this.note();
    const { file, log } = this.#options;
    try {
      saveSnapshot(file, { peers: Object.fromEntries(this.#memories) });
      this.#hasFailed = false;
    } catch (error) {
      if (!this.#hasFailed) log.error({ file, why: String(error) }, 'the state file cannot be written');
      this.#hasFailed = true;
    }
  }
}
