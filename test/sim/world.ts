/**
 * All that one simulation is made of: our gateway `moon` with its sidecar, its peers, the network, the watches.
 *
 * Built from options; knows how things belong together, decides nothing about what happens to them.
 */

import type { ListedIkeSa } from '../../src/daemon/charon.ts';
import { type IkeSaFacts, isUnanswered } from '../../src/policy/facts.ts';
import { hasAllChildren } from '../../src/policy/ike-sas.ts';
import type { PeerSettings } from '../../src/policy/settings.ts';
import type { Canary } from './canaries.ts';
import type { ConnectionConfig } from './charon-core.ts';
import { CheckedPolicy } from './checked-policy.ts';
import { addressOf, connectionOf, MOON, nameOf } from './connections.ts';
import type { Dice } from './dice.ts';
import type { Failure } from './failure.ts';
import { Host } from './host.ts';
import type { Address } from './ike-message.ts';
import { isLive, type ModelIkeSa } from './ike-sa.ts';
import { Network } from './network.ts';
import type { PeerOptions, SimOptions } from './options.ts';
import { type Fail, PairWatch } from './pair-watch.ts';
import { PlainPeer } from './plain-peer.ts';
import { Scheduler } from './scheduler.ts';
import { Sidecar, type SidecarPeer } from './sidecar.ts';
import { Traffic } from './traffic.ts';

/** For the listing and the turn, beside the round trips of the exchanges. */
const TORN_MS = 2_000;

export interface Pair {
  readonly options: PeerOptions;
  /** The peer's gateway. */
  readonly host: Host;
  readonly watch: PairWatch;
  readonly plain: PlainPeer;
  /** The name of the connection at moon, and at the peer. */
  readonly connection: string;
}

export interface WorldHooks {
  readonly canary: Canary | null;
  readonly trace: (text: string) => void;
  /** See `PairTraits`. */
  readonly isStrict: boolean;
}

export class World {
  readonly options: SimOptions;
  readonly scheduler = new Scheduler();
  readonly dice: Dice;
  readonly network: Network;
  readonly moon: Host;
  readonly pairs: readonly Pair[];
  readonly policies: CheckedPolicy[] = [];
  readonly #numbers = { next: 0 };
  readonly #hooks: WorldHooks;
  readonly #traffic: Traffic;
  failure: Failure | null = null;

  constructor(options: SimOptions, dice: Dice, hooks: WorldHooks) {
    this.options = options;
    this.dice = dice;
    this.#hooks = hooks;
    this.network = new Network(this.scheduler, dice.fork('network'), options.network);
    this.#traffic = new Traffic(this.scheduler, dice.fork('traffic'), this.network);
    this.moon = this.#host(
      MOON,
      'moon',
      options.charon,
      options.peers.map((peer, index) =>
        connectionOf(nameOf(index), addressOf(index), peer, peer.ours, false),
      ),
    );
    this.pairs = options.peers.map((peer, index) => this.#pair(peer, index));
    this.#watch(this.moon, (remote) => this.pairs.filter(({ host }) => host.address === remote));
    for (const pair of this.pairs) this.#watch(pair.host, () => [pair]);
  }

  get nowMs(): number {
    return this.scheduler.nowMs();
  }

  readonly fail: Fail = (failureClass, what) => {
    this.trace(`${failureClass}: ${what}`);
    this.failure ??= { class: failureClass, atMs: this.nowMs, what };
  };

  trace(text: string): void {
    this.#hooks.trace(`${(this.nowMs / 1000).toFixed(3).padStart(10)} ${text}`);
  }

  /** What the sidecar at `moon` is to look after. */
  ourPeers(change: Partial<PeerSettings> = {}): SidecarPeer[] {
    return this.pairs.map(({ options, host, connection }) => {
      const settings = { ...options.settings, ...this.#hooks.canary?.settings, ...change };
      return { connection, address: host.address, settings };
    });
  }

  theirPeers({ options, connection }: Pair, change: Partial<PeerSettings> = {}): SidecarPeer[] {
    const settings = { ...options.theirSettings, ...this.#hooks.canary?.settings, ...change };
    return [{ connection, address: MOON, settings }];
  }

  /** Everything is switched on. */
  start(): void {
    this.moon.startSidecar(this.#sidecar(this.moon, this.ourPeers()));
    this.moon.startCharon();
    for (const pair of this.pairs) {
      if (pair.options.kind === 'silent') continue;
      if (pair.options.kind === 'afteryou') {
        pair.host.startSidecar(this.#sidecar(pair.host, this.theirPeers(pair)));
      }
      this.scheduler.callIn(pair.options.startMs, () => pair.host.startCharon());
    }
  }

  #host(
    address: Address,
    name: string,
    charon: SimOptions['charon'],
    connections: readonly ConnectionConfig[],
  ): Host {
    const { scheduler, network, options } = this;
    const { vici, loadMs } = options;
    const dice = this.dice.fork(name);
    return new Host({
      address,
      scheduler,
      network,
      numbers: this.#numbers,
      dice,
      charon,
      vici,
      connections,
      loadMs,
    });
  }

  #pair(options: PeerOptions, index: number): Pair {
    const name = nameOf(index);
    const connection = connectionOf(name, MOON, options, options.theirs, true);
    const host = this.#host(addressOf(index), name, options.theirCharon, [connection]);
    const { delayMs, jitterMs, loss } = this.options.network;
    const traits = {
      children: options.children,
      isLossy: loss > 0,
      hasTraffic: options.trafficMs > 0,
      isReplacing: options.theirs.unique === 'replace',
      isImmediate:
        options.settings.collision === 'immediate' || options.theirSettings.collision === 'immediate',
      isStrict: this.#hooks.isStrict,
      tornMsMax: () => this.#tornMsMax(nameOf(index), options),
      blackholeMsMax: 3_000 + 6 * (delayMs + jitterMs),
    };
    const shared = { scheduler: this.scheduler, dice: this.dice.fork(`plain ${name}`) };
    return {
      options,
      host,
      watch: new PairWatch(this.moon, host, traits, this.scheduler, this.fail),
      plain: new PlainPeer(host, options.kind, name, MOON, shared),
      connection: name,
    };
  }

  /** Only a sidecar that is there and may call, when it likes, completes at once what a collision leaves. */
  #tornMsMax(name: string, { settings }: PeerOptions): number {
    const { network, limits } = this.options;
    const peer = this.moon.sidecar?.fleet?.peers.get(`sim/${name}`);
    const mayCall = settings.policy !== 'responder-only' && peer?.state.isAttached && !peer.state.isPaused;
    const isPaced = limits.initiationsPerSecondMax < 100 || limits.halfOpenMax < 500;
    return mayCall && !isPaced
      ? TORN_MS + 20 * (network.delayMs + network.jitterMs)
      : Number.POSITIVE_INFINITY;
  }

  #sidecar(host: Host, peers: readonly SidecarPeer[]): Sidecar {
    const { scheduler, options } = this;
    const checked = new CheckedPolicy({
      host,
      limits: options.limits,
      canary: this.#hooks.canary,
      fail: this.fail,
      peers: () => host.sidecar?.fleet?.peers.values() ?? [],
    });
    this.policies.push(checked);
    return new Sidecar(
      {
        scheduler,
        dice: this.dice.fork(`sidecar ${host.address}`),
        limits: options.limits,
        policy: checked.step,
        onEntry: (peer, text) => this.trace(`${host.address} afteryou ${peer}: ${text}`),
      },
      peers,
    );
  }

  #watch(host: Host, pairsOf: (remote: Address) => readonly Pair[]): void {
    const chance = this.dice.fork(`crossing ${host.address}`);
    /** By connection: what was there when charon was last asked. */
    const lastListed = new Map<string, readonly ListedIkeSa[]>();
    host.watch({
      trace: (text) => this.trace(`${host.address} ${text}`),
      onChanged: (remote) => {
        for (const { watch, plain } of pairsOf(remote)) {
          watch.look();
          plain.look();
        }
      },
      onChildInstalled: (remote, child) => {
        for (const { options, host: peer } of pairsOf(remote)) {
          const other = host === this.moon ? peer : this.moon;
          if (options.trafficMs > 0) this.#traffic.begin(host, other, child, options.trafficMs);
        }
      },
      onCall: (remote) => {
        if (host !== this.moon) return;
        for (const pair of pairsOf(remote)) {
          if (chance.chance(pair.options.crossing)) this.#cross(pair, chance);
        }
      },
      onLost: (sa, loss) => {
        for (const { watch } of pairsOf(sa.remote)) watch.lost(loss);
      },
      onStarted: () => {
        for (const { plain, host: peer } of this.pairs) if (peer === host) plain.onStarted();
      },
      onListed: (listed, connection) => {
        for (const pair of this.pairs) {
          if (connection !== undefined && connection !== pair.connection) continue;
          if (host === this.moon || host === pair.host) lastListed.set(pair.connection, listed);
        }
      },
      onTerminate: (id, wasCall) => {
        const sa = host.charon?.core.sas.get(id);
        const pair = this.pairs.find(({ connection }) => connection === sa?.connection);
        if (!sa || !pair) return;
        const listed = lastListed.get(pair.connection) ?? [];
        const before = listed.find(({ facts }) => facts.id === id)?.facts;
        // R6 waits for as long at least before it takes a call for unanswered.
        const isPatient = this.scheduler.nowMs() - sa.lineBornMs >= pair.options.settings.settleGraceMs;
        if (isLive(sa) ? wasCall || hasOvertaken(sa, before) : isPatient && hasOvertaken(sa, before)) {
          pair.watch.lost('raced');
        } else if (isLive(sa) && usableIds(listed, pair).every((other) => other === id)) {
          this.fail('safety', `last usable: terminate of ${id} at ${host.address}`);
        }
      },
    });
  }

  /** The peer calls while our call is on its way to it, or a little later. */
  #cross({ plain, host, connection }: Pair, dice: Dice): void {
    const { delayMs, jitterMs } = this.options.network;
    this.scheduler.callIn(dice.between(0, 2 * (delayMs + jitterMs) + 5), () => {
      if (host.sidecar) host.sidecar.operate(connection, 'initiate');
      else plain.call();
    });
  }
}

/** A call that was answered, or came up, while its terminate was on its way: VICI knows no condition. */
function hasOvertaken(sa: ModelIkeSa, before: IkeSaFacts | undefined): boolean {
  if (isLive(sa)) return before === undefined || before.state === 'CONNECTING';
  return !isUnanswered(sa.responderSpi) && (before === undefined || isUnanswered(before.responderSpi));
}

function usableIds(listed: readonly ListedIkeSa[], { connection, options }: Pair): string[] {
  return listed
    .filter((sa) => sa.connection === connection && hasAllChildren(sa.facts, options.children))
    .map(({ facts }) => facts.id);
}
