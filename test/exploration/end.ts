/**
 * What can happen at one end, one thing at a time: a message arrives, charon carries out a command, the policy reads
 * an event or an answer, a timer is due, something restarts.
 *
 * Events come on one VICI connection, commands and their answers on another: each keeps its order, and each can
 * overtake the other. A command takes effect when charon carries it out, not when the policy decides on it.
 */

import type { Effect } from '../../src/policy/effects.ts';
import type { PeerEvent, PeerSetup } from '../../src/policy/events.ts';
import { DEFAULT_SETTINGS } from '../../src/policy/settings.ts';
import { initialPeerState, NOTHING_REMEMBERED, type PeerState } from '../../src/policy/state.ts';
import type { StepResult } from '../../src/policy/step.ts';
import { dueMsOf, fireTimer, initiate, receive, rekeyChild, stop, terminate } from './charon.ts';
import { CharonDraft } from './charon-draft.ts';
import {
  type Command,
  type End,
  type EndTraits,
  factsOf,
  type Memory,
  type Message,
  type News,
  NOW_MS,
  type Side,
} from './world.ts';

export type Restart = 'charon-killed' | 'charon-stopped' | 'afteryou' | 'afteryou-forgets' | 'vici';

export type Input =
  | { readonly type: 'news' | 'answer' | 'command' | 'turn' | 'wake' | 'timer' | 'reconcile' }
  | { readonly type: 'message'; readonly message: Message }
  | { readonly type: 'restart'; readonly restart: Restart }
  | { readonly type: 'rekey-ike'; readonly id: string };

/** The policy under exploration: the product's, or one with a bug planted. */
export interface Policy {
  readonly step: (state: PeerState, event: PeerEvent) => StepResult;
  readonly brokenInvariants: (before: PeerState, event: PeerEvent, after: StepResult) => string[];
}

export interface Outcome {
  readonly end: End;
  readonly sent: readonly Message[];
  /** Rules that a step has broken. */
  readonly broken: readonly string[];
}

/** One end of a run: what never changes of it. */
export class EndModel {
  private readonly side: Side;
  private readonly traits: EndTraits;
  private readonly policy: Policy;
  private readonly setup: PeerSetup;

  constructor(side: Side, traits: EndTraits, policy: Policy) {
    this.side = side;
    this.traits = traits;
    this.policy = policy;
    const settings = { ...DEFAULT_SETTINGS, ...traits.settings };
    this.setup = { settings, children: ['net'], isConfigured: true, isCallable: true };
  }

  /** Both ends have waited for `responder-mode-duration` and are about to call; a plain end calls by itself. */
  begin(): Outcome {
    const nothing: End = {
      charon: { epoch: 0, lastId: 0, sas: [] },
      policy: null,
      news: [],
      commands: [],
      answers: [],
      hasTurn: false,
      reconcileMs: this.traits.reconcileMs === null ? null : NOW_MS + this.traits.reconcileMs,
    };
    const work = new EndWork(this.side, this.traits, nothing);
    if (this.traits.settings === null) {
      initiate(work.charon);
      return work.outcome();
    }
    const before = NOW_MS - this.setup.settings.responderModeMs;
    this.act(work, initialPeerState(this.setup, before), { type: 'attached', ikeSas: [] }, before);
    this.tell(work, { type: 'tick' });
    return work.outcome();
  }

  /** What can happen here now without the network, restarts apart; timers only if they are due. */
  inputs(end: End): Input[] {
    const inputs: Input[] = [];
    if (end.news.length > 0) inputs.push({ type: 'news' });
    if (end.answers.length > 0) inputs.push({ type: 'answer' });
    if (end.commands.length > 0) inputs.push({ type: 'command' });
    if (end.hasTurn) inputs.push({ type: 'turn' });
    if (end.policy && (end.policy.wakeMs ?? Infinity) <= NOW_MS) inputs.push({ type: 'wake' });
    if (end.charon.sas.some((sa) => dueMsOf(sa) <= NOW_MS)) inputs.push({ type: 'timer' });
    if (end.reconcileMs !== null && end.reconcileMs <= NOW_MS) inputs.push({ type: 'reconcile' });
    return inputs;
  }

  happen(end: End, input: Input): Outcome {
    const work = new EndWork(this.side, this.traits, end);
    switch (input.type) {
      case 'news':
        this.tellFirst(work, work.news);
        break;
      case 'answer':
        this.tellFirst(work, work.answers);
        break;
      case 'command':
        work.carryOut();
        break;
      case 'turn':
        work.hasTurn = false;
        this.tell(work, { type: 'turn' });
        break;
      case 'wake':
        this.tell(work, { type: 'tick' });
        break;
      case 'timer':
        fireTimer(work.charon);
        break;
      case 'reconcile':
        work.reconcileMs = NOW_MS + (this.traits.reconcileMs ?? Infinity);
        work.commands.push({ type: 'list', askedMs: NOW_MS, isFresh: false });
        break;
      case 'message':
        receive(work.charon, input.message);
        break;
      case 'rekey-ike':
        work.charon.ask(input.id, 'ike-rekey');
        break;
      case 'restart':
        this.restart(work, input.restart);
        break;
    }
    return work.outcome();
  }

  private restart(work: EndWork, restart: Restart): void {
    const isOfCharon = restart === 'charon-killed' || restart === 'charon-stopped';
    if (isOfCharon) stop(work.charon, restart === 'charon-killed');
    work.disconnect();
    if (this.traits.settings === null) {
      if (isOfCharon) initiate(work.charon);
      return;
    }
    if (restart === 'afteryou' || restart === 'afteryou-forgets') {
      const lineages = (work.policy?.ikeSas ?? []).filter((sa) => sa.establishedMs !== null);
      const memory = restart === 'afteryou' ? { ...NOTHING_REMEMBERED, lineages } : NOTHING_REMEMBERED;
      work.policy = initialPeerState(this.setup, NOW_MS, memory);
    } else {
      this.tell(work, { type: 'detached' });
    }
    this.tell(work, { type: 'attached', ikeSas: work.listed() });
  }

  private tellFirst(work: EndWork, queue: News[]): void {
    const first = queue.shift();
    if (first) this.tell(work, first);
  }

  private tell(work: EndWork, news: News): void {
    if (work.policy) this.act(work, { ...work.policy, setup: this.setup }, news, NOW_MS);
  }

  private act(work: EndWork, before: PeerState, news: News, nowMs: number): void {
    const event: PeerEvent = { ...news, nowMs, random: 0 };
    const after = this.policy.step(before, event);
    work.broken.push(...this.policy.brokenInvariants(before, event, after));
    work.policy = memoryOf(after.state);
    for (const effect of after.effects) work.order(effect);
  }
}

/** What doesn't decide anything is left out, so that more states are the same one. */
function memoryOf(after: PeerState): Memory {
  const { setup: _setup, ...state } = after;
  const { collisions, settled } = state.counters;
  const none = NOTHING_REMEMBERED.counters;
  const counters = { ...none, collisions: Math.min(collisions, 1), settled: Math.min(settled, 1) };
  return { ...state, sinceMs: Number.NEGATIVE_INFINITY, lastError: null, counters };
}

/** One end while something happens to it. */
class EndWork {
  readonly charon: CharonDraft;
  readonly broken: string[] = [];
  readonly news: News[];
  readonly commands: Command[];
  readonly answers: News[];
  policy: Memory | null;
  hasTurn: boolean;
  reconcileMs: number | null;

  constructor(side: Side, traits: EndTraits, end: End) {
    this.charon = new CharonDraft(side, traits, end.charon);
    this.news = [...end.news];
    this.commands = [...end.commands];
    this.answers = [...end.answers];
    this.policy = end.policy;
    this.hasTurn = end.hasTurn;
    this.reconcileMs = end.reconcileMs;
  }

  outcome(): Outcome {
    const { charon, policy, commands, answers, hasTurn, reconcileMs } = this;
    // Nobody reads the events of a plain end.
    const news = policy ? [...this.news, ...charon.told] : [];
    const end = { charon: charon.charon, policy, news, commands, answers, hasTurn, reconcileMs };
    return { end, sent: charon.sent, broken: this.broken };
  }

  /** What `list-sas` shows of the connection: half-open ones have no name yet. */
  listed(): ReturnType<typeof factsOf>[] {
    return this.charon.sas
      .filter((sa) => sa.isNamed)
      .map((sa) => ({ ...factsOf(sa), isBusy: sa.request !== null }));
  }

  disconnect(): void {
    this.news.length = 0;
    this.commands.length = 0;
    this.answers.length = 0;
    this.hasTurn = false;
  }

  order(effect: Effect): void {
    if (effect.type === 'ask-turn') this.hasTurn = true;
    else if (effect.type === 'drop-turn') this.hasTurn = false;
    else if (effect.type === 'list') {
      // In truth a listing takes a moment: a second one isn't asked for at the same.
      const askedMs = this.policy?.listedMs === NOW_MS ? NOW_MS + 1 : NOW_MS;
      this.commands.push({ type: 'list', askedMs, isFresh: true });
    } else if (effect.type === 'initiate') this.commands.push({ type: 'initiate' });
    else if (effect.type === 'terminate') this.commands.push({ type: 'terminate', id: effect.id });
    else if (effect.type === 'rekey-child')
      this.commands.push({ type: 'rekey-child', childId: effect.childId });
  }

  /** charon carries out the oldest command. */
  carryOut(): void {
    const command = this.commands.shift();
    if (command?.type === 'initiate') initiate(this.charon);
    if (command?.type === 'rekey-child') rekeyChild(this.charon, command.childId);
    if (command?.type === 'terminate') {
      const error = terminate(this.charon, command.id);
      this.answers.push({ type: 'terminate-answered', id: command.id, error });
    }
    if (command?.type === 'list') {
      const { askedMs, isFresh } = command;
      this.answers.push({ type: 'listing', askedMs, isFresh, hasHalfOpen: false, ikeSas: this.listed() });
    }
  }
}
