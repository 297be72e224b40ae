/**
 * What must survive a restart of the sidecar: who started each IKE_SA, counters, what was paused.
 *
 * charon is the truth about tunnels; this is history. So it is written soon after a change, not before it,
 * and a damaged file costs nothing but history.
 */

import { z } from 'zod';
import type { PeerMemory } from '../policy/state.ts';
import type { CancelTimer, Clock } from '../timers/clock.ts';
import type { Log } from './log.ts';
import { memoryOf, type Peer } from './peer.ts';
import { loadSnapshot, saveSnapshot } from './snapshot-file.ts';

/** Changes within this time are written together. */
const GATHER_MS = 100;

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
  readonly #recalled: ReadonlyMap<string, PeerMemory>;
  #cancel: CancelTimer | null = null;
  #hasFailed = false;

  constructor(options: StateKeeperOptions) {
    this.#options = options;
    const loaded = loadSnapshot(options.file, STATE);
    if (loaded.problem !== null) options.log.warning({ why: loaded.problem }, 'the state file is not used');
    this.#recalled = new Map(Object.entries(loaded.value?.peers ?? {}));
  }

  recall(key: string): PeerMemory | undefined {
    return this.#recalled.get(key);
  }

  /** Something worth keeping changed. */
  touch(): void {
    const { clock } = this.#options;
    this.#cancel ??= clock.callAt(clock.nowMs() + GATHER_MS, () => this.save());
  }

  /** Writes now; a disk that refuses is told of once and tried again at the next change. */
  save(): void {
    this.#cancel?.();
    this.#cancel = null;
    const { file, log, peers } = this.#options;
    const all = Object.fromEntries([...peers()].map(([key, { state }]) => [key, memoryOf(state)]));
    try {
      saveSnapshot(file, { peers: all });
      this.#hasFailed = false;
    } catch (error) {
      if (!this.#hasFailed) log.error({ file, why: String(error) }, 'the state file cannot be written');
      this.#hasFailed = true;
    }
  }
}
