/**
 * What a charon of the model has: connections, IKE_SAs, ids, timers; and how it tells of changes.
 *
 * Knows no exchanges. Everything that a charon forgets when it dies is here.
 */

import type { News } from '../../src/daemon/charon.ts';
import type { PeerNews } from '../../src/policy/events.ts';
import type { Dice } from './dice.ts';
import type { Address, IkeMessage } from './ike-message.ts';
import { ikeSaFacts, isLive, isPassing, type Loss, type ModelChild, type ModelIkeSa } from './ike-sa.ts';
import type { Scheduler } from './scheduler.ts';

export type Unique = 'never' | 'no' | 'keep' | 'replace';

/** A connection of swanctl.conf. Times of 0 mean never. */
export interface ConnectionConfig {
  readonly name: string;
  readonly remote: Address;
  readonly children: readonly string[];
  readonly unique: Unique;
  readonly dpdMs: number;
  readonly rekeyMs: number;
  readonly childRekeyMs: number;
  readonly reauthMs: number;
  /** `make_before_break`: default from 6.0. */
  readonly makesBeforeBreak: boolean;
  /** Sequences of retransmissions, 0: for ever. */
  readonly keyingTries: number;
  /** `dpd_action=restart` (`start`). */
  readonly restartsOnLoss: boolean;
  /** What doesn't fit the other end's connection: IKE's proposal, the secret, the child's proposal. Default: all fits. */
  readonly refuses?: 'proposal' | 'secret' | 'child';
}

export interface CharonTraits {
  readonly retransmitMs: number;
  readonly retransmitBase: number;
  readonly retransmitTries: number;
  readonly halfOpenMs: number;
  readonly cookieThresholdIp: number;
  readonly blockThreshold: number;
  /** `reuse_ikesa`, default yes: a call for a child goes over the IKE_SA that is there. */
  readonly reusesIkeSa?: boolean;
}

/** Defaults of strongSwan (strongswan.conf, charon section). */
export const CHARON_DEFAULTS: CharonTraits = {
  retransmitMs: 4_000,
  retransmitBase: 1.8,
  retransmitTries: 5,
  halfOpenMs: 30_000,
  cookieThresholdIp: 3,
  blockThreshold: 5,
};

/** Whoever watches a charon from outside: its VICI clients, the operator beside it, the simulation's checks. */
export interface CharonWatcher {
  /** `isLog`: a line of the log, which comes by a slower way than events. */
  onNews(news: News, isLog: boolean): void;
  /** What is established, or installed, with this host has changed. */
  onChanged(remote: Address): void;
  onChildInstalled(remote: Address, child: ModelChild): void;
  /** The first packet of a call goes out. */
  onCall(remote: Address): void;
  onLost(sa: ModelIkeSa, loss: Loss): void;
  trace(text: string): void;
}

/** Numbers that no restart begins again. */
export interface Numbers {
  next: number;
}

export class CharonCore {
  readonly address: Address;
  readonly traits: CharonTraits;
  readonly scheduler: Scheduler;
  readonly dice: Dice;
  readonly watcher: CharonWatcher;
  readonly connections = new Map<string, ConnectionConfig>();
  readonly sas = new Map<string, ModelIkeSa>();
  readonly #sendMessage: (message: IkeMessage) => void;
  readonly #numbers: Numbers;
  #nextIkeId = 1;
  #nextChildId = 1;
  #isDead = false;
  frozenUntilMs = 0;

  constructor(
    address: Address,
    traits: CharonTraits,
    shared: { scheduler: Scheduler; dice: Dice; numbers: Numbers },
    watcher: CharonWatcher,
    send: (message: IkeMessage) => void,
  ) {
    this.address = address;
    this.traits = traits;
    this.scheduler = shared.scheduler;
    this.dice = shared.dice;
    this.#numbers = shared.numbers;
    this.watcher = watcher;
    this.#sendMessage = send;
  }

  get isDead(): boolean {
    return this.#isDead;
  }

  get nowMs(): number {
    return this.scheduler.nowMs();
  }

  /** Nothing happens in it any more. */
  die(): void {
    this.#isDead = true;
    const remotes = new Set([...this.sas.values()].map((sa) => sa.remote));
    for (const sa of this.sas.values()) this.#end(sa);
    this.sas.clear();
    for (const remote of remotes) this.watcher.onChanged(remote);
  }

  /** A timer of charon: late while it is frozen, never after its death. */
  after(inMs: number, fire: () => void): () => void {
    let isOff = false;
    const go = (): void => {
      if (this.#isDead || isOff) return;
      if (this.nowMs < this.frozenUntilMs) this.scheduler.callAt(this.frozenUntilMs, go);
      else fire();
    };
    const cancel = this.scheduler.callIn(inMs, go);
    return () => {
      isOff = true;
      cancel();
    };
  }

  send(message: IkeMessage): void {
    this.#sendMessage(message);
  }

  connectionTo(remote: Address): ConnectionConfig | undefined {
    for (const connection of this.connections.values()) if (connection.remote === remote) return connection;
    return undefined;
  }

  configOf(sa: ModelIkeSa): ConnectionConfig | undefined {
    return sa.connection === null ? undefined : this.connections.get(sa.connection);
  }

  add(
    about: Pick<
      ModelIkeSa,
      'connection' | 'remote' | 'state' | 'isInitiator' | 'initiatorSpi' | 'responderSpi' | 'startedBy'
    > &
      Partial<ModelIkeSa>,
  ): ModelIkeSa {
    const sa: ModelIkeSa = {
      id: String(this.#nextIkeId),
      children: [],
      lineBornMs: this.nowMs,
      open: null,
      tasks: [],
      nextRequestId: 0,
      nextPeerRequestId: 0,
      lastAnswer: null,
      lastHeardMs: this.nowMs,
      sequencesLeft: 1,
      callsAgain: false,
      isDestroyed: false,
      crossing: null,
      isRedundant: false,
      timers: [],
      ...about,
    };
    this.#nextIkeId += 1;
    this.sas.set(sa.id, sa);
    return sa;
  }

  /** Takes it out of the list, with no word to anybody. */
  destroy(sa: ModelIkeSa): void {
    this.#end(sa);
    this.sas.delete(sa.id);
    this.watcher.onChanged(sa.remote);
  }

  install(sa: ModelIkeSa, name: string, key: string): ModelChild {
    const order = this.#number();
    const id = String(this.#nextChildId);
    const child: ModelChild = { id, name, key, order, state: 'INSTALLED', isOutbound: true, packetsIn: 0 };
    this.#nextChildId += 1;
    sa.children.push(child);
    this.watcher.trace(`IKE_SA ${sa.id} has CHILD_SA ${name} ${id} ${key}`);
    this.watcher.onChanged(sa.remote);
    this.watcher.onChildInstalled(sa.remote, child);
    return child;
  }

  childKey(): string {
    return `c${this.#number()}`;
  }

  findChild(match: (child: ModelChild) => boolean): { sa: ModelIkeSa; child: ModelChild } | undefined {
    for (const sa of this.sas.values()) {
      const child = sa.children.find(match);
      if (child) return { sa, child };
    }
    return undefined;
  }

  /** The CHILD_SA that packets to this host take: of those that pass any, the one installed last. */
  outbound(remote: Address, name: string): ModelChild | undefined {
    let newest: ModelChild | undefined;
    for (const sa of this.sas.values()) {
      if (sa.remote !== remote) continue;
      for (const child of sa.children) {
        if (child.name === name && child.isOutbound && child.order > (newest?.order ?? 0)) newest = child;
      }
    }
    return newest;
  }

  liveWith(remote: Address): ModelIkeSa[] {
    return [...this.sas.values()].filter((sa) => sa.remote === remote && isLive(sa));
  }

  // ---- telling ----

  tell(sa: ModelIkeSa, news: PeerNews, isLog = false): void {
    this.watcher.onNews({ type: 'peer', connection: sa.connection, address: sa.remote, news }, isLog);
  }

  /** Of one that had been asked to go: nobody was told when that began. */
  tellDeleted(sa: ModelIkeSa): void {
    if (sa.state === 'DELETING' && !sa.isRedundant) this.tellDown(sa, 'DELETING');
  }

  /** `ike-updown` and `child-updown` of an IKE_SA that goes, as charon raises them; `state` as they show it. */
  tellDown(sa: ModelIkeSa, state: string): void {
    this.tell(sa, { type: 'ike-down', id: sa.id, state });
    const left = sa.children.filter(isPassing);
    if (left.length === 0) return;
    const facts = ikeSaFacts(sa, left);
    const children = facts.children.map((child) => ({ ...child, state: 'DELETED' }));
    this.tell(sa, { type: 'child-changed', ikeSa: { ...facts, state, children } });
  }

  tellChild(sa: ModelIkeSa, child: ModelChild, isUp: boolean): void {
    const facts = ikeSaFacts(sa, [child]);
    const children = isUp ? facts.children : facts.children.map((one) => ({ ...one, state: 'DELETED' }));
    this.tell(sa, { type: 'child-changed', ikeSa: { ...facts, children } });
  }

  #number(): number {
    this.#numbers.next += 1;
    return this.#numbers.next;
  }

  #end(sa: ModelIkeSa): void {
    sa.isDestroyed = true;
    sa.open?.cancel();
    sa.open = null;
    for (const cancel of sa.timers) cancel();
  }
}
