/**
 * All peers, and the loop around the policy: news in, `step`, effects out, one alarm, one pacer.
 *
 * Knows no sockets and no files: charon, the clock and the dice are handed in, so that the same code runs
 * in the daemon, in simulation and in tests.
 */

import { saysNothingNew } from '../policy/at-rest.ts';
import type { Effect } from '../policy/effects.ts';
import type { PeerNews } from '../policy/events.ts';
import type { PacerLimits } from '../policy/pacer.ts';
import type { PeerMemory } from '../policy/state.ts';
import { step } from '../policy/step.ts';
import { Alarm } from '../timers/alarm.ts';
import type { Clock } from '../timers/clock.ts';
import type { Charon, ListedIkeSa, News } from './charon.ts';
import { inSlices } from './in-slices.ts';
import type { Entry } from './journal.ts';
import type { Step } from './outcomes.ts';
import { hasNewLineage, isCalling, newPeer, type Peer } from './peer.ts';
import { PeerIndex } from './peer-index.ts';
import type { PeerDefinition } from './peer-table.ts';
import { type RequestsOptions, request } from './requests.ts';
import { Turns } from './turns.ts';

/** Key of the turns' own deadline among those of the peers; no peer's key is empty. */
const TURNS = '';

/** News by which an IKE_SA is heard of that is itself no rekeyed one. */
const OWN_FLAG: ReadonlySet<PeerNews['type']> = new Set(['ike-up', 'child-changed']);

export interface FleetOptions {
  readonly clock: Clock;
  /** A number 0 <= n < 1. */
  readonly random: () => number;
  readonly limits: PacerLimits;
  /** The rules; a simulation puts its checks around them. */
  readonly policy?: typeof step;
  /** What a former run knew of a peer. */
  readonly recall: (key: string) => PeerMemory | undefined;
  /** `atMs` is when it was decided. */
  readonly onEntry: (peer: Peer, entry: Entry, atMs: number) => void;
  /** Who started an IKE_SA has become known. `isOwnFlag`: as long as it isn't rekeyed charon's own flag says the same. */
  readonly onLineage?: (isOwnFlag: boolean) => void;
  /** A peer is looked after no more: what must be remembered of it is to be taken now. */
  readonly onRemoved?: (peer: Peer) => void;
  /** charon doesn't know a connection that we think it has: 5.9 unloads them without a word. */
  readonly onStale?: () => void;
  /** Told of each step that a peer has made. */
  readonly onStep?: (step: Step) => void;
  /** How long after its deadline a timer was served, in ms. */
  readonly onLateness?: (latenessMs: number) => void;
}

export interface TableChange {
  readonly added: readonly string[];
  readonly removed: readonly string[];
  readonly changed: readonly string[];
  readonly unchanged: number;
}

export class Fleet {
  readonly #options: FleetOptions;
  readonly #peers = new Map<string, Peer>();
  readonly #index = new PeerIndex();
  readonly #alarm: Alarm<string>;
  readonly #turns: Turns;
  readonly #requests: RequestsOptions;
  #charon: Charon | null = null;
  #openCalls = 0;
  #isStopped = false;

  constructor(options: FleetOptions) {
    this.#options = options;
    this.#turns = new Turns({
      limits: options.limits,
      nowMs: () => options.clock.nowMs(),
      openCalls: () => this.#openCalls,
      give: (key) => {
        const peer = this.#peers.get(key);
        if (peer) this.tell(peer, { type: 'turn' });
      },
      wakeAt: (atMs) => this.#alarm.set(TURNS, atMs),
    });
    this.#requests = {
      nowMs: () => options.clock.nowMs(),
      charon: () => this.#charon,
      tell: (peer, news) => this.tell(peer, news),
      onStale: () => options.onStale?.(),
    };
    this.#alarm = new Alarm(options.clock, {
      onDue: (key, latenessMs) => {
        options.onLateness?.(latenessMs);
        const peer = this.#peers.get(key);
        if (peer) this.tell(peer, { type: 'tick' });
        else if (key === TURNS) this.#turns.give();
      },
    });
  }

  get peers(): ReadonlyMap<string, Peer> {
    return this.#peers;
  }

  setLimits(limits: PacerLimits): void {
    this.#turns.setLimits(limits);
  }

  /** Takes over a new table: peers that stay are told what changed, IKE_SAs are left alone. */
  setPeers(definitions: readonly PeerDefinition[], listed: readonly ListedIkeSa[]): TableChange {
    const wanted = new Set(definitions.map(({ key }) => key));
    const removed = [...this.#peers.keys()].filter((key) => !wanted.has(key));
    for (const key of removed) this.#remove(key);
    const before = new Map([...this.#peers].map(([key, { definition }]) => [key, definition]));
    for (const definition of definitions) this.#define(definition);
    this.#index.rebuild(this.#peers.values());
    const added: string[] = [];
    const changed: string[] = [];
    const sasOf = this.#index.sort(listed);
    for (const definition of definitions) {
      const peer = this.#peers.get(definition.key);
      const former = before.get(definition.key);
      if (!peer) continue;
      if (former && isSame(former, definition)) continue;
      (former ? changed : added).push(definition.key);
      this.tell(peer, { type: 'configured', setup: definition.setup });
      // A peer that is new, or whose connection is: what charon has of it was nobody's until now.
      if (this.#charon && former?.connection !== definition.connection) {
        this.tell(peer, { type: 'attached', ikeSas: sasOf.get(peer) ?? [] });
      }
    }
    // Calls of peers that were removed have made room (R15).
    this.#turns.give();
    return { added, removed, changed, unchanged: definitions.length - added.length - changed.length };
  }

  /** R12: charon is there; `listed` is everything it has. With `service` only its peers begin anew. */
  attach(charon: Charon, listed: readonly ListedIkeSa[], service: string | null = null): void {
    this.#charon = charon;
    const sasOf = this.#index.sort(listed);
    for (const peer of this.#peers.values()) {
      if (service !== null && peer.definition.service !== service) continue;
      this.tell(peer, { type: 'attached', ikeSas: sasOf.get(peer) ?? [] });
    }
  }

  /** R12: charon is away. */
  detach(): void {
    this.#charon = null;
    this.#turns.forgetCalls();
    for (const peer of this.#peers.values()) this.tell(peer, { type: 'detached' });
  }

  /** Corrects what events missed: soon, if there are many. News that come meanwhile are newer than the listing, as ever. */
  reconcile(askedMs: number, listed: readonly ListedIkeSa[]): void {
    const charon = this.#charon;
    const sasOf = this.#index.sort(listed);
    void inSlices([...this.#peers.values()], (peer) => {
      if (this.#charon !== charon) return;
      const ikeSas = sasOf.get(peer) ?? [];
      this.tell(peer, { type: 'listing', askedMs, isFresh: false, hasHalfOpen: true, ikeSas });
    });
  }

  /** Hands news to the peers that it is about. */
  news({ connection, address, news }: News & { type: 'peer' }): void {
    const peers = this.#index.find(connection, address);
    // The log lags behind the events: charon may have said by now whose call it is.
    if (news.type === 'peer-calls' && peers.some((peer) => isOwned(peer, news.id))) return;
    for (const peer of peers) this.tell(peer, news);
    if (news.type === 'ike-up' && connection !== null) this.#disown(connection, address, news.ikeSa.id);
  }

  /** Half-open it could have been any peer's at the address; now charon has said whose it is. */
  #disown(connection: string, address: string | null, id: string): void {
    for (const peer of this.#index.find(null, address)) {
      if (peer.definition.connection === connection) continue;
      if (peer.state.ikeSas.some((sa) => sa.id === id))
        this.tell(peer, { type: 'ike-down', id, state: 'CONNECTING' });
    }
  }

  /** One event for one peer: the policy decides, and what it wants is done. */
  tell(peer: Peer, news: PeerNews): void {
    // An answer may come after the end, or for a peer that has been removed since.
    if (this.#isStopped) return;
    if (this.#peers.get(peer.definition.key) !== peer) return;
    const before = peer.state;
    if (saysNothingNew(before, news)) return;
    const nowMs = this.#options.clock.nowMs();
    const { state, effects } = (this.#options.policy ?? step)(before, {
      ...news,
      nowMs,
      random: this.#options.random(),
    });
    peer.state = state;
    this.#options.onStep?.({ peer, before, after: state, news, effects, nowMs });
    if (state === before && effects.length === 0) return;
    this.#alarm.set(peer.definition.key, state.wakeMs);
    this.#openCalls += Number(isCalling(state)) - Number(isCalling(before));
    if (hasNewLineage(before, state)) this.#options.onLineage?.(OWN_FLAG.has(news.type));
    for (const effect of effects) this.#perform(peer, effect, nowMs);
    this.#turns.give();
  }

  /** Decides nothing any more; every IKE_SA stays as it is. */
  stop(): void {
    this.#isStopped = true;
    this.#charon = null;
    this.#turns.stop();
    this.#alarm.stop();
  }

  #perform(peer: Peer, effect: Effect, nowMs: number): void {
    const { key } = peer.definition;
    switch (effect.type) {
      case 'ask-turn':
        this.#turns.ask(key, effect.deadlineMs);
        return;
      case 'drop-turn':
        this.#turns.drop(key);
        return;
      case 'transition':
        this.#options.onEntry(peer, { kind: 'transition', ...effect }, nowMs);
        return;
      case 'note':
        this.#options.onEntry(
          peer,
          {
            kind: effect.isTrouble ? 'trouble' : 'note',
            from: null,
            to: null,
            rule: effect.rule,
            why: effect.why,
          },
          nowMs,
        );
        return;
      case 'initiate':
        void this.#turns.during(() => request(peer, effect, this.#requests));
        return;
      default:
        void request(peer, effect, this.#requests);
    }
  }

  #define(definition: PeerDefinition): void {
    const peer = this.#peers.get(definition.key);
    if (peer) {
      peer.definition = definition;
      return;
    }
    const { clock, recall } = this.#options;
    this.#peers.set(definition.key, newPeer(definition, clock.nowMs(), recall(definition.key)));
  }

  #remove(key: string): void {
    const peer = this.#peers.get(key);
    if (!peer) return;
    this.#openCalls -= Number(isCalling(peer.state));
    this.#turns.drop(key);
    this.#alarm.set(key, null);
    this.#peers.delete(key);
    this.#options.onRemoved?.(peer);
  }
}

/** charon has said that this IKE_SA is of the peer's connection. */
function isOwned({ state }: Peer, id: string): boolean {
  return state.ikeSas.some((sa) => sa.id === id && !sa.isAnonymous);
}

function isSame(left: PeerDefinition, right: PeerDefinition): boolean {
  return JSON.stringify(left) === JSON.stringify(right);
}
