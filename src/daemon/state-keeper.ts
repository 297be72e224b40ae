/**
 * What must survive a restart of the sidecar: who started each IKE_SA, counters, what was paused, the last of the history.
 *
 * charon is the truth about tunnels; this is history. So it is written soon after a change, not before it, all of it, and while
 * changes don't cease with rests between: a sidecar that is killed forgets the last moments, and a damaged file costs nothing but
 * history. Only what an operator was told is done (a pause) has to be on the disk: whoever answers waits for `save()`.
 */

import type { HistoryEntry } from '../control/api.ts';
import { messageOf } from '../errors.ts';
import { NOTHING_REMEMBERED, type PeerMemory } from '../policy/state.ts';
import type { CancelTimer, Clock } from '../timers/clock.ts';
import { dropOldest } from './drop-oldest.ts';
import type { Log } from './log.ts';
import { memoryOf, type Peer } from './peer.ts';
import { loadSnapshot, saveSnapshot } from './snapshot-file.ts';
import { STATE_RECORD, type StateRecord, stateRecord } from './state-record.ts';
import { entriesKept, restoredHistory, storedHistory } from './stored-history.ts';

/** Changes within this time of the first are written together. */
const GATHER_MS = { soon: 100, later: 5_000 } as const;

/** From one writing to the next at least this, and so many times as long as the writing took; but not for ever. */
const REST = { msMin: 2_000, times: 10, msMax: 60_000 } as const;

/** A disk that refuses is tried again after this, also if nothing changes any more. */
const RETRY_MS = 30_000;

/** A disk that hangs keeps an operator waiting no longer than this. */
const PATIENCE_MS = 2_000;

/**
 * Most peers kept in mind, those that aren't there included: while charon restarts, or has no connections yet, that is all
 * of them. Of those that aren't there some are kept beside any number of others.
 */
const REMEMBERED_MAX = { withThose: 100_000, departed: 10_000 } as const;

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
  /** Of peers that aren't there, the longest gone first. */
  readonly #departed = new Map<string, PeerMemory>();
  /** Peers that there have been in this run. */
  readonly #known = new Set<string>();
  /** What the run before has left. */
  #history: readonly StateRecord[];
  #cancel: CancelTimer = () => undefined;
  /** When changes are to be written; infinity if there are none. */
  #dueMs = Number.POSITIVE_INFINITY;
  /** Not before that, unless somebody waits for it. */
  #restUntilMs = Number.NEGATIVE_INFINITY;
  #writing: Promise<void> | null = null;
  /** The writing after that one, for which somebody waits. */
  #next: Promise<void> | null = null;
  /** Why the last writing failed; null if it didn't. */
  #failure: string | null = null;
  #isClosed = false;

  constructor(options: StateKeeperOptions) {
    this.#options = options;
    const { values, problem } = loadSnapshot(options.file, STATE_RECORD);
    if (problem !== null) options.log.warning({ why: problem }, 'the state file is not used');
    this.#history = values ?? [];
    for (const { peer, memory } of this.#history) if (memory) this.#departed.set(peer, memory);
  }

  /**
   * What this run or the one before knew of a peer that comes now when it was last there; from now on the peer knows it.
   *
   * @param isStandby the peer is to be paused at the start, whatever it did before a reboot; only then, since a
   * peer whose connection goes and comes back with charon is as it was
   */
  recall(key: string, isStandby = false): PeerMemory | undefined {
    const memory = this.#departed.get(key);
    this.#departed.delete(key);
    if (this.#known.has(key)) return memory;
    this.#known.add(key);
    return isStandby ? { ...(memory ?? NOTHING_REMEMBERED), isPaused: true } : memory;
  }

  /** What the run before had in its history, in order, each entry with the key of its peer; only the first time. */
  recallHistory(): readonly (readonly [key: string, entry: HistoryEntry])[] {
    const records = this.#history;
    this.#history = [];
    return restoredHistory(records.map(({ peer, history }) => [peer, history]));
  }

  /** Takes note of a peer that goes. */
  keep({ definition, state }: Peer): void {
    this.#departed.delete(definition.key);
    this.#departed.set(definition.key, memoryOf(state));
    const { withThose, departed } = REMEMBERED_MAX;
    dropOldest(this.#departed, Math.max(departed, withThose - this.#options.peers().size));
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

  /**
   * Resolves once all that is so now is on the disk, or the disk has refused it: that is told of once, and so is its
   * recovery. Never rejects.
   */
  save(): Promise<void> {
    if (this.#writing === null) return this.#write();
    // It may have passed what has changed since it began.
    this.#next ??= this.#writing.then(() => {
      this.#next = null;
      return this.#write();
    });
    return this.#next;
  }

  /** The same, but it also resolves when that takes too long. */
  async saveInTime(): Promise<void> {
    const { clock } = this.#options;
    let cancel: CancelTimer = () => undefined;
    const tooLong = new Promise<void>((resolve) => {
      cancel = clock.callAt(clock.nowMs() + PATIENCE_MS, resolve);
    });
    await Promise.race([this.save(), tooLong]);
    cancel();
  }

  /** Writes a last time; nothing is waited for afterwards. */
  close(): Promise<void> {
    this.#isClosed = true;
    return this.save();
  }

  #saveIn(ms: number): void {
    const dueMs = this.#options.clock.nowMs() + ms;
    if (dueMs >= this.#dueMs) return;
    this.#dueMs = dueMs;
    if (this.#writing === null) this.#arm();
  }

  #arm(): void {
    this.#cancel();
    if (this.#isClosed || this.#dueMs === Number.POSITIVE_INFINITY) return;
    const atMs = Math.max(this.#dueMs, this.#restUntilMs);
    this.#cancel = this.#options.clock.callAt(atMs, () => void this.save());
  }

  #write(): Promise<void> {
    this.#cancel();
    this.#dueMs = Number.POSITIVE_INFINITY;
    this.#writing = this.#writeAll().then((isWritten) => {
      this.#writing = null;
      if (isWritten) this.#arm();
      else this.#saveIn(RETRY_MS);
    });
    return this.#writing;
  }

  /** @returns whether the disk took it */
  async #writeAll(): Promise<boolean> {
    const { clock, file, log } = this.#options;
    const startMs = clock.nowMs();
    try {
      await saveSnapshot(file, this.#records());
      if (this.#failure !== null) log.notice({ file }, 'the state file is written again');
      this.#failure = null;
    } catch (error) {
      const why = messageOf(error);
      if (this.#failure === null) log.error({ file, why }, 'the state file cannot be written');
      this.#failure = why;
    }
    const nowMs = clock.nowMs();
    this.#restUntilMs = nowMs + Math.min(Math.max(REST.msMin, REST.times * (nowMs - startMs)), REST.msMax);
    return this.#failure === null;
  }

  /** One for each peer, those that aren't there first. Asked for bit by bit, while peers come and go. */
  *#records(): Generator<StateRecord> {
    const histories = this.#options.history();
    const peers = [...this.#options.peers().values()];
    const departed = [...this.#departed];
    const count = entriesKept(histories.size);
    const rows = (key: string) => storedHistory(histories.get(key) ?? [], count);
    const told = new Set(peers.map(({ definition }) => definition.key));
    for (const [key, memory] of departed) {
      if (told.has(key)) continue;
      told.add(key);
      yield stateRecord(key, memory, rows(key));
    }
    for (const { definition, state } of peers) {
      yield stateRecord(definition.key, memoryOf(state), rows(definition.key));
    }
    for (const key of histories.keys()) if (!told.has(key)) yield stateRecord(key, null, rows(key));
  }
}
