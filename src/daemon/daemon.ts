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
import { QuietTimer } from './quiet-timer.ts';
import { restartOnlyChanges } from './restart-only.ts';
import { selectPeer } from './select-peers.ts';
import type { StateKeeper } from './state-keeper.ts';
import { peerStatus } from './status.ts';

/** Connections are loaded one by one: wait until charon is quiet before listing them. */
const CONNECTIONS_QUIET_MS = 100;

/** But not for ever: news may not cease. */
const CONNECTIONS_STALE_MS = 1_000;

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
  readonly #refresh: QuietTimer;
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

  constructor(options: DaemonOptions) {
    this.#options = options;
    this.#loaded = options.loaded;
    const { clock, keeper, random } = options;
    this.#loadedAtMs = clock.nowMs();
    this.#charonSinceMs = clock.nowMs();
    this.#refresh = new QuietTimer({
      clock,
      quietMs: CONNECTIONS_QUIET_MS,
      waitMsMax: CONNECTIONS_STALE_MS,
      act: () => void this.#reconcile(),
    });
    this.#fleet = new Fleet({
      clock,
      random,
      limits: pacing(this.#config),
      recall: (key) => keeper.recall(key, this.#config.initial === 'paused'),
      onEntry: (peer, entry) => this.#entry(peer, entry),
      onStale: () => this.#refresh.ask(),
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
    this.#refresh.cancel();
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
    if (this.#isStopped) return;
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
    else this.#refresh.ask();
  }

  onDetached(reason: string): void {
    if (this.#isStopped) return;
    this.#cancelReconcile();
    this.#refresh.cancel();
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
    const askedMs = this.#options.clock.nowMs();
    const answer = await Promise.all([charon.listConnections(), charon.listIkeSas()]).catch(messageOf);
    if (this.#charon !== charon) return;
    if (typeof answer === 'string') {
      this.#options.log.warning({ why: answer }, 'could not list what charon has');
    } else {
      const [connections, listed] = answer;
      this.#connections = connections;
      this.#setTable(listed);
      this.#fleet.reconcile(askedMs, listed);
    }
    this.#armReconcile();
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
    let loaded: LoadedConfig;
    try {
      loaded = reread();
    } catch (error) {
      this.#configError = messageOf(error);
      log.error({ why: this.#configError }, 'the new configuration is wrong: the old one stays');
      throw error;
    }
    // Asked first: a charon that doesn't answer now must not leave half of it applied.
    const listed = (await this.#charon?.listIkeSas()) ?? [];
    this.#loaded = loaded;
    this.#configError = null;
    this.#loadedAtMs = clock.nowMs();
    this.#fleet.setLimits(pacing(this.#config));
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
