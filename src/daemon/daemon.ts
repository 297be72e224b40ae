/**
 * The daemon: keeps charon, the configuration and the fleet of peers together, and answers the control socket.
 *
 * Events are hints, `list-sas` is the truth: on attach events are registered first, then everything is
 * listed; every `reconcile-interval` it is listed again.
 */

import type { Config, LoadedConfig } from '../config/model.ts';
import type {
  DaemonApi,
  ExplainReport,
  HistoryEntry,
  OperateReport,
  PeerSelector,
  ReloadReport,
  StatusReport,
} from '../control/api.ts';
import { SCHEMA } from '../control/api.ts';
import { messageOf } from '../errors.ts';
import { NOTHING_REMEMBERED } from '../policy/state.ts';
import type { CancelTimer, Clock } from '../timers/clock.ts';
import type { ConnectionFacts } from '../vici/index.ts';
import type { Charon, CharonListener, News } from './charon.ts';
import { explain } from './explain.ts';
import { Fleet, type TableChange } from './fleet.ts';
import { healthOf } from './health.ts';
import { History } from './history.ts';
import type { Log } from './log.ts';
import { isoOf } from './moments.ts';
import { observing } from './observing.ts';
import { type Action, operate } from './operate.ts';
import type { Peer } from './peer.ts';
import { buildPeerTable } from './peer-table.ts';
import { restartOnlyChanges } from './restart-only.ts';
import { selectPeer } from './select-peers.ts';
import type { StateKeeper } from './state-keeper.ts';
import { peerStatus } from './status.ts';

/** Connections are loaded one by one: wait until charon is quiet before listing them. */
const CONNECTIONS_QUIET_MS = 100;

export interface DaemonOptions {
  readonly version: string;
  readonly clock: Clock;
  readonly random: () => number;
  readonly log: Log;
  readonly loaded: LoadedConfig;
  readonly keeper: StateKeeper;
  /** Reads the configuration again. @throws CONFIG_INVALID, CONFIG_UNREADABLE */
  readonly reread: () => LoadedConfig;
}

export class Daemon implements DaemonApi, CharonListener {
  readonly #options: DaemonOptions;
  readonly #fleet: Fleet;
  readonly #history = new History();
  #loaded: LoadedConfig;
  #loadedAtMs: number;
  #configError: string | null = null;
  #charon: Charon | null = null;
  #charonVersion: string | null = null;
  #charonError: string | null = 'not attached yet';
  #charonSinceMs: number;
  #connections: readonly ConnectionFacts[] = [];
  #tableWarnings: readonly string[] = [];
  #isStopped = false;
  #cancelReconcile: CancelTimer = () => undefined;
  #cancelRefresh: CancelTimer = () => undefined;

  constructor(options: DaemonOptions) {
    this.#options = options;
    this.#loaded = options.loaded;
    const { clock, keeper, random } = options;
    this.#loadedAtMs = clock.nowMs();
    this.#charonSinceMs = clock.nowMs();
    this.#fleet = new Fleet({
      clock,
      random,
      limits: pacing(this.#config),
      recall: (key) => {
        const memory = keeper.recall(key);
        // A standby must not start anything after a reboot, whatever it did before.
        if (this.#config.initial === 'paused') return { ...(memory ?? NOTHING_REMEMBERED), isPaused: true };
        return memory;
      },
      onEntry: (peer, entry) => this.#entry(peer, entry),
      onStale: () => this.#refreshSoon(),
      onLineage: () => keeper.touch('soon'),
    });
  }

  get #config(): Config {
    return this.#loaded.config;
  }

  get fleet(): Fleet {
    return this.#fleet;
  }

  /** Stops deciding; every IKE_SA stays as it is. */
  stop(): void {
    this.#cancelReconcile();
    this.#cancelRefresh();
    this.#fleet.stop();
    this.#charon = null;
    this.#isStopped = true;
  }

  // ---- charon ----

  async onAttached(charon: Charon, version: string): Promise<void> {
    const { log } = this.#options;
    const guarded = observing(charon, log, () => this.#config.mode === 'observe');
    this.#connections = await guarded.listConnections();
    const listed = await guarded.listIkeSas();
    this.#charon = guarded;
    this.#charonVersion = version;
    this.#charonError = null;
    this.#charonSinceMs = this.#options.clock.nowMs();
    this.#setTable(listed);
    this.#fleet.attach(guarded, listed);
    this.#armReconcile();
    log.notice({ version, peers: this.#fleet.peers.size, ike_sas: listed.length }, 'attached to charon');
  }

  onNews(news: News): void {
    if (news.type === 'peer') this.#fleet.news(news);
    else this.#refreshSoon();
  }

  onDetached(reason: string): void {
    if (this.#isStopped) return;
    this.#cancelReconcile();
    this.#cancelRefresh();
    this.#charon = null;
    this.#charonError = reason;
    this.#charonSinceMs = this.#options.clock.nowMs();
    this.#options.log.warning({ why: reason }, 'charon is away: all windows stand still');
    this.#fleet.detach();
  }

  onRetry(reason: string): void {
    if (this.#charonError !== reason)
      this.#options.log.warning({ why: reason }, 'cannot attach to charon yet');
    this.#charonError = reason;
  }

  #refreshSoon(): void {
    const { clock } = this.#options;
    this.#cancelRefresh();
    this.#cancelRefresh = clock.callAt(clock.nowMs() + CONNECTIONS_QUIET_MS, () => void this.#reconcile());
  }

  #armReconcile(): void {
    const { clock } = this.#options;
    this.#cancelReconcile();
    const atMs = clock.nowMs() + this.#config.charon.reconcileIntervalMs;
    this.#cancelReconcile = clock.callAt(atMs, () => {
      void this.#reconcile();
    });
  }

  /** Compares what we believe with what charon lists; failures are told of by the connection's end. */
  async #reconcile(): Promise<void> {
    const charon = this.#charon;
    if (!charon) return;
    try {
      const connections = await charon.listConnections();
      const askedMs = this.#options.clock.nowMs();
      const listed = await charon.listIkeSas();
      if (this.#charon !== charon) return;
      this.#connections = connections;
      this.#setTable(listed);
      this.#fleet.reconcile(askedMs, listed);
    } catch (error) {
      this.#options.log.warning({ why: messageOf(error) }, 'could not list what charon has');
    }
    if (this.#charon === charon) this.#armReconcile();
  }

  #setTable(listed: Parameters<Fleet['setPeers']>[1]): TableChange {
    const table = buildPeerTable(this.#config, this.#connections);
    for (const warning of table.warnings) {
      if (!this.#tableWarnings.includes(warning)) this.#options.log.warning(warning);
    }
    this.#tableWarnings = table.warnings;
    this.#options.keeper.note();
    return this.#fleet.setPeers(table.peers, listed);
  }

  // ---- history ----

  #entry(peer: Peer, entry: Pick<HistoryEntry, 'kind' | 'from' | 'to' | 'rule' | 'why'>): void {
    const { clock, log, keeper } = this.#options;
    const { key, name, service } = peer.definition;
    const { kind, from, to, rule, why } = entry;
    this.#history.add(key, {
      at: isoOf(clock, clock.nowMs()),
      service,
      peer: name,
      kind,
      from,
      to,
      rule,
      why,
    });
    log[kind === 'trouble' ? 'warning' : 'info']({ service, peer: name, from, to, rule, why });
    keeper.touch('later');
  }

  history(limit: number): readonly HistoryEntry[] {
    return this.#history.latest(limit);
  }

  follow(listener: (entry: HistoryEntry) => void): () => void {
    return this.#history.follow(listener);
  }

  // ---- what the operator asks ----

  status(): StatusReport {
    const { clock, version } = this.#options;
    const peers = [...this.#fleet.peers.values()].map((peer) => peerStatus(peer, clock));
    const charon = {
      socket: this.#config.charon.socket,
      attached: this.#charon !== null,
      since: isoOf(clock, this.#charonSinceMs),
      version: this.#charonVersion,
      error: this.#charonError,
    };
    const config = {
      file: this.#loaded.files[0] ?? null,
      loadedAt: isoOf(clock, this.#loadedAtMs),
      error: this.#configError,
    };
    const health = healthOf({
      config: this.#config,
      charon,
      configError: this.#configError,
      peers: this.#fleet.peers.values(),
      connections: this.#connections,
      warnings: this.#tableWarnings,
    });
    return { schema: SCHEMA, version, mode: this.#config.mode, charon, config, peers, health };
  }

  explain(text: string): ExplainReport {
    const { clock } = this.#options;
    const peer = selectPeer(this.#fleet.peers.values(), text);
    return {
      schema: SCHEMA,
      status: peerStatus(peer, clock),
      history: this.#history.of(peer.definition.key),
      explanation: explain(peer.state, {
        nowMs: clock.nowMs(),
        isAttached: this.#charon !== null,
        isObserving: this.#config.mode === 'observe',
      }),
    };
  }

  operate(action: Action, selector: PeerSelector): OperateReport {
    const report = operate(this.#fleet, action, selector, this.#charon !== null);
    this.#options.keeper.touch('soon');
    return report;
  }

  async reload(): Promise<ReloadReport> {
    const { clock, log, reread } = this.#options;
    const before = this.#options.loaded.config;
    try {
      this.#loaded = reread();
    } catch (error) {
      this.#configError = messageOf(error);
      log.error({ why: this.#configError }, 'the new configuration is wrong: the old one stays');
      throw error;
    }
    this.#configError = null;
    this.#loadedAtMs = clock.nowMs();
    this.#fleet.setLimits(pacing(this.#config));
    const listed = (await this.#charon?.listIkeSas()) ?? [];
    const { added, removed, changed, unchanged } = this.#setTable(listed);
    if (this.#charon) this.#armReconcile();
    const waiting = restartOnlyChanges(before, this.#config);
    for (const sentence of waiting) log.warning(sentence);
    const warnings = [...this.#config.warnings.map(({ message }) => message), ...waiting];
    log.notice(
      { added: added.length, removed: removed.length, changed: changed.length, unchanged },
      'configuration reloaded',
    );
    return { schema: SCHEMA, added, removed, changed, unchanged, warnings };
  }
}

function pacing({ limits }: Config) {
  return { initiationsPerSecondMax: limits.maxInitiationsPerSecond, halfOpenMax: limits.maxHalfOpen };
}
