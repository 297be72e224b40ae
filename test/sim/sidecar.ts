/**
 * afteryou beside one charon of the model: the real Fleet, and around it what the daemon does to it (attach,
 * reconcile, connections that come later, memory across restarts), in virtual time and without files.
 */

import type { Charon, News } from '../../src/daemon/charon.ts';
import { Fleet } from '../../src/daemon/fleet.ts';
import { memoryOf } from '../../src/daemon/peer.ts';
import type { PeerDefinition } from '../../src/daemon/peer-table.ts';
import { QuietTimer } from '../../src/daemon/quiet-timer.ts';
import type { PacerLimits } from '../../src/policy/pacer.ts';
import type { PeerSettings } from '../../src/policy/settings.ts';
import type { PeerMemory } from '../../src/policy/state.ts';
import type { step } from '../../src/policy/step.ts';
import type { ConnectionFacts } from '../../src/vici/index.ts';
import type { Dice } from './dice.ts';
import type { Address } from './ike-message.ts';
import type { Scheduler } from './scheduler.ts';

/** As in src/daemon. */
const RECONCILE_MS = 30_000;
const CONNECTIONS_QUIET_MS = 50;
const CONNECTIONS_STALE_MS = 1_000;
const GATHER_MS = { soon: 100, later: 5_000 } as const;
const RECONNECT_MS: readonly [number, number] = [20, 1_000];

export interface SidecarPeer {
  readonly connection: string;
  readonly address: Address;
  readonly settings: PeerSettings;
}

export interface SidecarOptions {
  readonly scheduler: Scheduler;
  readonly dice: Dice;
  readonly limits: PacerLimits;
  /** The rules, with checks around them. */
  readonly policy: typeof step;
  readonly onEntry: (peer: string, text: string) => void;
}

/** An attachment; `close` ends it. */
export type Attachment = Charon & { close(): void };

export class Sidecar {
  readonly #options: SidecarOptions;
  /** The state file. */
  readonly #memories = new Map<string, PeerMemory>();
  #peers: readonly SidecarPeer[];
  #fleet: Fleet | null = null;
  #link: Attachment | null = null;
  #isAttached = false;
  #held: News[] | null = [];
  #connections: readonly ConnectionFacts[] = [];
  /** Counts starts and attachments, so that what belongs to a former one is left alone. */
  #life = 0;
  /** Connections changed, or lines of the log were missed. */
  readonly #refresh: QuietTimer;
  #cancelReconcile: () => void = () => undefined;
  #savingMs = Number.POSITIVE_INFINITY;
  attachedSinceMs: number | null = null;

  constructor(options: SidecarOptions, peers: readonly SidecarPeer[]) {
    this.#options = options;
    this.#peers = peers;
    this.#refresh = new QuietTimer({
      clock: options.scheduler,
      quietMs: CONNECTIONS_QUIET_MS,
      waitMsMax: CONNECTIONS_STALE_MS,
      act: () => this.#reconcile(),
    });
  }

  get fleet(): Fleet | null {
    return this.#fleet;
  }

  get isAttached(): boolean {
    return this.#isAttached;
  }

  start(connect: () => Attachment | null): void {
    const { scheduler, dice, limits, policy, onEntry } = this.#options;
    this.#life += 1;
    const life = this.#life;
    const isAlive = (): boolean => life === this.#life;
    this.#fleet = new Fleet({
      // Of a killed process nothing goes on, whatever its promises come to.
      clock: {
        nowMs: () => scheduler.nowMs(),
        callAt: (atMs, fire) => scheduler.callAt(atMs, () => isAlive() && fire()),
      },
      random: () => dice.next(),
      limits,
      policy: (state, event) => (isAlive() ? policy(state, event) : { state, effects: [] }),
      recall: (key) => this.#memories.get(key),
      onEntry: (peer, { to, rule, why }) => {
        onEntry(peer.definition.name, `${to === null ? '' : `${to}: `}${why} (${rule})`);
        this.#touch('later');
      },
      onLineage: (isOwnFlag) => this.#touch(isOwnFlag ? 'later' : 'soon'),
      onStale: () => this.#refresh.ask(),
    });
    this.connect(connect);
  }

  /** Killed: what wasn't saved is lost. */
  kill(): void {
    this.#life += 1;
    this.#savingMs = Number.POSITIVE_INFINITY;
    this.#fleet?.stop();
    this.#fleet = null;
    this.detached();
  }

  /** Tries to attach until it works. */
  connect(connect: () => Attachment | null): void {
    const life = this.#life;
    const { scheduler, dice } = this.#options;
    scheduler.callIn(dice.between(...RECONNECT_MS), () => {
      if (life !== this.#life || this.#link !== null || this.#fleet === null) return;
      const link = connect();
      if (link) void this.#attach(link);
    });
  }

  /** The attachment has ended. */
  detached(): void {
    const link = this.#link;
    this.#link = null;
    this.#cancelReconcile();
    this.#refresh.cancel();
    this.#held = [];
    link?.close();
    this.attachedSinceMs = null;
    if (!this.#isAttached) return;
    this.#isAttached = false;
    this.#fleet?.detach();
  }

  onNews(news: News): void {
    if (this.#held) this.#held.push(news);
    else if (news.type === 'peer') this.#fleet?.news(news);
    else this.#refresh.ask();
  }

  reload(peers: readonly SidecarPeer[]): void {
    this.#peers = peers;
    const link = this.#link;
    if (!link || !this.#isAttached) return;
    void this.#listing(link, (listed) => {
      // Peers that were away weren't watched.
      this.attachedSinceMs = this.#options.scheduler.nowMs();
      this.#setPeers(listed);
    });
  }

  operate(name: string, action: 'pause' | 'resume' | 'initiate'): void {
    const peer = this.#fleet?.peers.get(keyOf(name));
    if (peer) this.#fleet?.tell(peer, { type: 'operator', action });
  }

  async #attach(link: Attachment): Promise<void> {
    this.#link = link;
    this.#held = [];
    await this.#listing(link, (listed, connections) => {
      const held = this.#held ?? [];
      this.#connections = connections;
      this.#isAttached = true;
      this.attachedSinceMs = this.#options.scheduler.nowMs();
      this.#setPeers(listed);
      this.#fleet?.attach(link, listed);
      this.#held = null;
      for (const news of held) this.onNews(news);
      this.#armReconcile();
    });
  }

  #armReconcile(): void {
    this.#cancelReconcile();
    this.#cancelReconcile = this.#options.scheduler.callIn(RECONCILE_MS, () => this.#reconcile());
  }

  #reconcile(): void {
    const link = this.#link;
    if (!link || !this.#isAttached) return;
    void this.#listing(link, (listed, connections, askedMs) => {
      this.#connections = connections;
      this.#setPeers(listed);
      this.#fleet?.reconcile(askedMs, listed);
    }).then(() => {
      if (this.#link === link) this.#armReconcile();
    });
  }

  /** Lists connections, then IKE_SAs; an end of the attachment meanwhile is told of by itself. */
  async #listing(
    link: Attachment,
    use: (
      listed: Awaited<ReturnType<Charon['listIkeSas']>>,
      connections: readonly ConnectionFacts[],
      askedMs: number,
    ) => void,
  ): Promise<void> {
    try {
      const connections = await link.listConnections();
      const askedMs = this.#options.scheduler.nowMs();
      const listed = await link.listIkeSas();
      if (this.#link === link) use(listed, connections, askedMs);
    } catch {
      // The next attachment begins anew.
    }
  }

  #setPeers(listed: Parameters<Fleet['setPeers']>[1]): void {
    this.#note();
    this.#fleet?.setPeers(
      this.#peers.map((peer) => this.#define(peer)),
      listed,
    );
  }

  #define({ connection, address, settings }: SidecarPeer): PeerDefinition {
    const facts = this.#connections.find(({ name }) => name === connection);
    return {
      key: keyOf(connection),
      service: 'sim',
      name: connection,
      address,
      connection: facts ? connection : null,
      setup: {
        settings,
        children: facts?.children.map(({ name }) => name) ?? [],
        isConfigured: facts !== undefined,
        isCallable: true,
      },
    };
  }

  #touch(when: keyof typeof GATHER_MS): void {
    const { scheduler } = this.#options;
    const atMs = scheduler.nowMs() + GATHER_MS[when];
    if (atMs >= this.#savingMs) return;
    this.#savingMs = atMs;
    const life = this.#life;
    scheduler.callIn(GATHER_MS[when], () => {
      if (life !== this.#life || atMs !== this.#savingMs) return;
      this.#savingMs = Number.POSITIVE_INFINITY;
      this.#note();
    });
  }

  #note(): void {
    for (const [key, { state }] of this.#fleet?.peers ?? []) this.#memories.set(key, memoryOf(state));
  }
}

function keyOf(connection: string): string {
  return `sim/${connection}`;
}
