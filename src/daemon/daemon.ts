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
  MetricsReport,
  OperateReport,
  PeerSelector,
  ReloadReport,
  StatusReport,
} from '../control/api.ts';
import { SCHEMA } from '../control/api.ts';
import type { IkeSasReport, PeerListsReport, ServicesReport } from '../control/show-api.ts';
import { messageOf } from '../errors.ts';
import type { CancelTimer } from '../timers/clock.ts';
import type { ConnectionFacts } from '../vici/index.ts';
import type { Charon, CharonListener, News } from './charon.ts';
import { CharonLink } from './charon-link.ts';
import { Chronicle } from './chronicle.ts';
import type { DaemonOptions } from './daemon-options.ts';
import { explain } from './explain.ts';
import { Fleet, type TableChange } from './fleet.ts';
import { measured } from './measured.ts';
import { observing } from './observing.ts';
import { type Action, operate } from './operate.ts';
import { buildPeerTable } from './peer-table.ts';
import { QuietTimer } from './quiet-timer.ts';
import { checkReload, pacing, reloadWarnings } from './reloading.ts';
import { selectPeer } from './select-peers.ts';
import { ikeSasReport, peerListsReport, servicesReport } from './show.ts';
import { peerStatus, statusReport } from './status.ts';
import type { Vitals } from './supervision.ts';
import { vitalsOf } from './vitals.ts';

/** Connections are loaded one by one: wait until charon is quiet before listing them. */
const CONNECTIONS_QUIET_MS = 50;

/** But not for ever: news may not cease. */
const CONNECTIONS_STALE_MS = 1_000;

export class Daemon implements DaemonApi, CharonListener {
  readonly #options: DaemonOptions;
  readonly #fleet: Fleet;
  readonly #chronicle: Chronicle;
  readonly #link: CharonLink;
  readonly #refresh: QuietTimer;
  #loaded: LoadedConfig;
  #loadedAtMs: number;
  #configError: string | null = null;
  #connections: readonly ConnectionFacts[] = [];
  #tableWarnings: readonly string[] = [];
  #isStopped = false;
  /** Peers that come begin paused. `--all` is said of them too: a gateway that takes over may not have its connections yet. */
  #isStandby: boolean;
  #cancelReconcile: CancelTimer = () => undefined;

  constructor(options: DaemonOptions) {
    this.#options = options;
    this.#loaded = options.loaded;
    this.#isStandby = this.#config.initial === 'paused';
    const { clock, keeper, log, random } = options;
    const { recorder } = options.exposition;
    this.#loadedAtMs = clock.nowMs();
    this.#link = new CharonLink(clock);
    this.#chronicle = new Chronicle({ clock, log, recorder, onEntry: () => keeper.touch('later') });
    this.#chronicle.history.restore(keeper.recallHistory());
    this.#refresh = new QuietTimer({
      clock,
      quietMs: CONNECTIONS_QUIET_MS,
      waitMsMax: CONNECTIONS_STALE_MS,
      act: () => void this.#reconcile(),
    });
    this.#fleet = new Fleet({
      ...this.#chronicle.listeners,
      clock,
      random,
      limits: pacing(this.#config),
      recall: (key) => keeper.recall(key, this.#isStandby),
      onStale: () => this.#refresh.ask(),
      onLineage: (isOwnFlag) => keeper.touch(isOwnFlag ? 'later' : 'soon'),
      onRemoved: (peer) => keeper.keep(peer),
    });
  }

  get #config(): Config {
    return this.#loaded.config;
  }

  get fleet(): Fleet {
    return this.#fleet;
  }

  /** By key of the peer, oldest entry first. */
  get histories(): ReadonlyMap<string, readonly HistoryEntry[]> {
    return this.#chronicle.history.byPeer;
  }

  /** Logs and counts all that has happened so far. */
  catchUp(): void {
    this.#chronicle.catchUp();
  }

  /** Stops deciding; every IKE_SA stays as it is. */
  stop(): void {
    this.#cancelReconcile();
    this.#refresh.cancel();
    this.#fleet.stop();
    this.#chronicle.stop();
    this.#link.drop();
    this.#isStopped = true;
  }

  // ---- charon ----

  async onAttached(charon: Charon, version: string): Promise<void> {
    const { exposition, log } = this.#options;
    const timed = measured(charon, (...answer) => exposition.recorder.requestAnswered(...answer));
    const guarded = observing(timed, log, () => this.#config.mode === 'observe');
    this.#connections = await guarded.listConnections();
    const listed = await guarded.listIkeSas();
    if (this.#isStopped) return;
    this.#link.attached(guarded, version);
    if (this.#link.attachments > 1) exposition.recorder.reconnected();
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
    this.#link.detached(reason);
    this.#chronicle.catchUp();
    this.#options.log.warning({ why: reason }, 'charon is away: all windows stand still');
    this.#fleet.detach();
  }

  onRetry(reason: string): void {
    if (this.#link.retried(reason)) this.#options.log.warning({ why: reason }, 'cannot attach to charon yet');
  }

  #armReconcile(): void {
    const { clock } = this.#options;
    this.#cancelReconcile();
    const atMs = clock.nowMs() + this.#config.charon.reconcileIntervalMs;
    this.#cancelReconcile = clock.callAt(atMs, () => void this.#reconcile());
  }

  /** Compares what we believe with what charon lists; failures are told of by the connection's end. */
  async #reconcile(): Promise<void> {
    const { charon } = this.#link;
    if (!charon) return;
    const askedMs = this.#options.clock.nowMs();
    const answer = await Promise.all([charon.listConnections(), charon.listIkeSas()]).catch(messageOf);
    if (this.#link.charon !== charon) return;
    this.#link.answered();
    if (typeof answer === 'string') {
      this.#options.log.warning({ why: answer }, 'could not list what charon has');
    } else {
      const [connections, listed] = answer;
      if (connections !== this.#connections) this.#setTable(listed, connections);
      this.#fleet.reconcile(askedMs, listed);
    }
    this.#armReconcile();
  }

  #setTable(listed: Parameters<Fleet['setPeers']>[1], connections = this.#connections): TableChange {
    this.#connections = connections;
    const table = buildPeerTable(this.#config, connections);
    for (const warning of table.warnings) {
      if (!this.#tableWarnings.includes(warning)) this.#options.log.warning(warning);
    }
    this.#tableWarnings = table.warnings;
    return this.#fleet.setPeers(table.peers, listed);
  }

  // ---- history ----

  history(limit: number): readonly HistoryEntry[] {
    return this.#chronicle.history.latest(limit);
  }

  follow(listener: (entry: HistoryEntry) => void): () => void {
    return this.#chronicle.history.follow(listener);
  }

  // ---- what the operator asks ----

  status(): StatusReport {
    const { clock, version } = this.#options;
    return statusReport({
      version,
      clock,
      loaded: this.#loaded,
      loadedAtMs: this.#loadedAtMs,
      configError: this.#configError,
      charon: this.#link.facts,
      peers: this.#fleet.peers,
      connections: this.#connections,
      warnings: [...this.#tableWarnings, ...this.#options.keeper.warnings],
    });
  }

  services(): ServicesReport {
    return servicesReport(this.#config, this.#fleet.peers);
  }

  peerLists(): PeerListsReport {
    return peerListsReport(this.#config, this.#fleet.peers);
  }

  async ikeSas(): Promise<IkeSasReport> {
    return ikeSasReport(await this.#options.listInFull(), this.#config, this.#fleet.peers);
  }

  explain(text: string): ExplainReport {
    const { clock } = this.#options;
    const peer = selectPeer(this.#fleet.peers.values(), text);
    return {
      schema: SCHEMA,
      status: peerStatus(peer, clock),
      history: this.#chronicle.history.of(peer.definition.key),
      explanation: explain(peer.state, {
        nowMs: clock.nowMs(),
        isAttached: this.#link.charon !== null,
        isObserving: this.#config.mode === 'observe',
      }),
    };
  }

  /** What is said to be done outlives a restart. */
  async operate(action: Action, selector: PeerSelector): Promise<OperateReport> {
    const report = operate(this.#fleet, action, selector, this.#link.charon !== null);
    if (action === 'initiate') return report;
    if ('all' in selector) this.#isStandby = action === 'pause';
    await this.#options.keeper.saveInTime();
    return report;
  }

  async metrics(withProcess: boolean): Promise<MetricsReport> {
    const { exposition, viewCharon } = this.#options;
    const view = this.#config.metrics.ipsecExporter ? await viewCharon() : undefined;
    this.#chronicle.catchUp();
    return { schema: SCHEMA, text: await exposition.text(this.status(), withProcess, view) };
  }

  vitals(): Vitals {
    return vitalsOf(this.#link, this.#config, this.#configError !== null, this.#fleet.peers.values());
  }

  async reload(restartedServices: readonly string[] = []): Promise<ReloadReport> {
    const { clock, log } = this.#options;
    const loaded = this.#refusing(() => this.#options.reread());
    // Asked first: a charon that doesn't answer now must not leave half of it applied.
    const listed = (await this.#link.charon?.listIkeSas()) ?? [];
    this.#refusing(() => checkReload(this.#loaded, loaded, restartedServices, listed));
    this.#loaded = loaded;
    this.#configError = null;
    this.#loadedAtMs = clock.nowMs();
    this.#fleet.setLimits(pacing(this.#config));
    const { added, removed, changed, unchanged } = this.#setTable(listed);
    for (const service of restartedServices)
      if (this.#link.charon) this.#fleet.attach(this.#link.charon, listed, service);
    if (this.#link.charon) this.#armReconcile();
    const warnings = reloadWarnings(this.#options.loaded.config, this.#config, log);
    log.notice(
      { added: added.length, removed: removed.length, changed: changed.length, unchanged },
      'configuration reloaded',
    );
    return { schema: SCHEMA, added, removed, changed, unchanged, warnings };
  }

  /** What `read` throws is what is wrong with the files. */
  #refusing<T>(read: () => T): T {
    try {
      return read();
    } catch (error) {
      this.#configError = messageOf(error);
      this.#options.log.error(
        { why: this.#configError },
        'the new configuration is wrong: the old one stays',
      );
      throw error;
    }
  }
}
