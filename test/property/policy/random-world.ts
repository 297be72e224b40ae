/**
 * A run with faults: one end with the policy (or two), random delays and losses, and a script of mishaps.
 *
 * Messages, events and answers each take their own random time, so everything can overtake everything else
 * but what one connection keeps in order. One seed makes one run.
 */

import type { PeerSettings } from '../../../src/policy/settings.ts';
import { DEFAULT_SETTINGS } from '../../../src/policy/settings.ts';
import { initialPeerState } from '../../../src/policy/state.ts';
import type { News } from './fuzz.ts';
import { act, type Gateway, takeAnswer, takeNews, takeTurn } from './gateway.ts';
import { IkeModel } from './ike-model.ts';
import { type EndIndex, factsOf, type Message, newWorld, type Traits, type World } from './ike-world.ts';

export const MISHAPS = [
  'peer-initiates',
  'peer-deletes',
  'peer-restarts',
  'silence',
  'loss',
  'refusal',
  'good-weather',
  'charon-restarts',
  'vici-reconnects',
  'trap',
  'operator-pause',
  'operator-resume',
  'operator-initiate',
  'events-lost',
  'answers-lost',
] as const;
export type Mishap = (typeof MISHAPS)[number];

const RECONCILE_MS = 30_000;

export class RandomWorld {
  readonly world: World = newWorld(0);
  private readonly model: IkeModel;
  private readonly gateways: Gateway[] = [];
  private readonly random: () => number;
  private readonly flying: { readonly message: Message; readonly atMs: number }[] = [];
  private reconcileMs = RECONCILE_MS;
  /** Probability that a message is lost; 1 is silence. */
  private loss = 0;
  private newsLoss = 0;
  private answerLoss = 0;
  private refuses = false;

  /** With `isMirror` the other end runs the policy, too. */
  constructor(seed: number, traits: Traits, settings: Partial<PeerSettings>, isMirror: boolean) {
    this.random = generator(seed);
    this.model = new IkeModel(traits);
    const setup = {
      settings: { ...DEFAULT_SETTINGS, ...settings },
      children: ['net'],
      isConfigured: true,
      isCallable: true,
    };
    for (const end of isMirror ? ([0, 1] as const) : ([0] as const)) {
      this.gateways.push({ state: initialPeerState(setup, 0), answers: [], hasTurn: false });
      this.happen(end, { type: 'attached', ikeSas: [] });
    }
  }

  get left(): Gateway {
    const [left] = this.gateways;
    if (!left) throw new Error('no left end');
    return left;
  }

  /** IKE_SAs that are up at an end. */
  upAt(end: EndIndex): string[] {
    return this.world.charons[end].sas.filter((sa) => sa.state === 'ESTABLISHED').map((sa) => sa.spi);
  }

  /** From now on nothing is lost or refused; with `isSilent` the network carries nothing at all. */
  quieten(isSilent: boolean): void {
    this.loss = isSilent ? 1 : 0;
    [this.newsLoss, this.answerLoss] = [0, 0];
    this.refuses = false;
    this.gateways.forEach((_, end) => {
      this.happen(end === 0 ? 0 : 1, { type: 'operator', action: 'resume' });
    });
  }

  /** Lets everything happen that happens by then. */
  runTo(endMs: number): void {
    for (let count = 0; ; count += 1) {
      if (count > 20_000) throw new Error('the world does not come to rest');
      const nextMs = this.nextMs();
      if (nextMs > endMs) break;
      this.world.nowMs = Math.max(nextMs, this.world.nowMs);
      this.runDue();
    }
    this.world.nowMs = endMs;
  }

  cause(mishap: Mishap): void {
    switch (mishap) {
      case 'peer-initiates':
        this.model.initiate(this.world, 1);
        break;
      case 'trap':
        this.model.initiate(this.world, 0);
        break;
      case 'peer-deletes': {
        const up = this.world.charons[1].sas.find((sa) => sa.state === 'ESTABLISHED');
        if (up) this.model.delete(this.world, 1, up.id);
        break;
      }
      case 'peer-restarts':
        this.restart(1);
        break;
      case 'charon-restarts':
        this.restart(0);
        break;
      case 'vici-reconnects':
        this.reconnect(0);
        break;
      case 'operator-pause':
      case 'operator-resume':
      case 'operator-initiate': {
        const action =
          mishap === 'operator-pause' ? 'pause' : mishap === 'operator-resume' ? 'resume' : 'initiate';
        this.happen(0, { type: 'operator', action });
        break;
      }
      default:
        this.weather(mishap);
    }
  }

  private weather(mishap: Mishap): void {
    if (mishap === 'silence') this.loss = 1;
    if (mishap === 'loss') this.loss = 0.3;
    if (mishap === 'refusal') this.refuses = true;
    if (mishap === 'events-lost') this.newsLoss = 0.3;
    if (mishap === 'answers-lost') this.answerLoss = 0.5;
    if (mishap === 'good-weather') {
      [this.loss, this.newsLoss, this.answerLoss] = [0, 0, 0];
      this.refuses = false;
    }
  }

  private restart(end: EndIndex): void {
    this.model.restart(this.world, end);
    this.reconnect(end);
  }

  private reconnect(end: EndIndex): void {
    if (!this.gateways[end]) return;
    this.world.news = end === 0 ? [[], this.world.news[1]] : [this.world.news[0], []];
    this.gateways[end] = { ...this.gateways[end], answers: [] };
    this.happen(end, { type: 'detached' });
    this.happen(end, { type: 'attached', ikeSas: this.world.charons[end].sas.map(factsOf) });
  }

  private happen(end: EndIndex, news: News): void {
    const gateway = this.gateways[end];
    if (gateway) this.gateways[end] = act(this.model, this.world, end, gateway, news);
  }

  private nextMs(): number {
    const { world } = this;
    if (world.net.length > 0) return world.nowMs;
    const ofEnds = this.gateways.flatMap((gateway, end) => {
      const hasWork = gateway.hasTurn || gateway.answers.length > 0 || (world.news[end]?.length ?? 0) > 0;
      return [
        gateway.state.wakeMs ?? Infinity,
        hasWork ? world.nowMs + Math.floor(this.random() * 20) : Infinity,
      ];
    });
    const flights = this.flying.map(({ atMs }) => atMs);
    return Math.min(
      ...flights,
      ...ofEnds,
      this.model.nextMs(world, 0),
      this.model.nextMs(world, 1),
      this.reconcileMs,
    );
  }

  private runDue(): void {
    const { world, model } = this;
    this.launch();
    for (const one of this.flying.filter(({ atMs }) => atMs <= world.nowMs)) {
      this.flying.splice(this.flying.indexOf(one), 1);
      model.deliver(world, one.message, this.refuses && one.message.to === 1);
    }
    for (const end of [0, 1] as const) {
      model.tick(world, end);
      if (!this.gateways[end]) world.news = [world.news[0], []];
      this.runEnd(end);
    }
    if (world.nowMs >= this.reconcileMs) this.reconcile();
  }

  private runEnd(end: EndIndex): void {
    const { world, model } = this;
    const gateway = this.gateways[end];
    if (!gateway) return;
    if (gateway.state.wakeMs !== null && gateway.state.wakeMs <= world.nowMs)
      this.happen(end, { type: 'tick' });
    const choice = Math.floor(this.random() * 3);
    const now = this.gateways[end] ?? gateway;
    if (choice === 0 && now.hasTurn) this.gateways[end] = takeTurn(model, world, end, now);
    if (choice === 1 && now.answers.length > 0) this.takeOrLose(end, now, takeAnswer, this.answerLoss);
    if (choice === 2 && world.news[end].length > 0) this.takeOrLose(end, now, takeNews, this.newsLoss);
  }

  private takeOrLose(end: EndIndex, gateway: Gateway, take: typeof takeNews, loss: number): void {
    const isLost = this.random() < loss;
    if (!isLost) this.gateways[end] = take(this.model, this.world, end, gateway);
    else if (take === takeAnswer) this.gateways[end] = { ...gateway, answers: gateway.answers.slice(1) };
    else if (end === 0) this.world.news = [this.world.news[0].slice(1), this.world.news[1]];
    else this.world.news = [this.world.news[0], this.world.news[1].slice(1)];
  }

  /** What was just sent goes on its way, or is lost. */
  private launch(): void {
    const { world } = this;
    for (const message of world.net) {
      if (this.random() < this.loss) continue;
      this.flying.push({ message, atMs: world.nowMs + 1 + Math.floor(this.random() * 120) });
    }
    world.net = [];
  }

  /** The periodic listing of the daemon. */
  private reconcile(): void {
    this.reconcileMs = this.world.nowMs + RECONCILE_MS;
    this.gateways.forEach((_, index) => {
      const end = index === 0 ? 0 : 1;
      const ikeSas = this.world.charons[end].sas.map(factsOf);
      const askedMs = this.world.nowMs;
      this.happen(end, { type: 'listing', askedMs, isFresh: false, hasHalfOpen: true, ikeSas });
    });
  }
}

/** Numbers in [0, 1) that follow from a seed (mulberry32). */
function generator(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}
