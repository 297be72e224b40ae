/**
 * Random runs of the policy of one peer: news that fits, news that doesn't, and nonsense.
 *
 * A move says what happens in words that depend on the state ("the listing shows what we remember"), so that
 * rules which need a long history are reached; other moves are events made of nothing.
 */

import fc from 'fast-check';
import type { PeerEvent, PeerSetup } from '../../../src/policy/events.ts';
import type { ChildSaFacts, IkeSaFacts } from '../../../src/policy/facts.ts';
import { DEFAULT_SETTINGS } from '../../../src/policy/settings.ts';
import { initialPeerState, type PeerState } from '../../../src/policy/state.ts';
import { type StepResult, step } from '../../../src/policy/step.ts';

type WithoutTime<Event> = Event extends unknown ? Omit<Event, 'nowMs' | 'random'> : never;
export type News = WithoutTime<PeerEvent>;

interface Move {
  /** Time since the move before; null: just when the policy wants to be woken. */
  readonly afterMs: number | null;
  readonly random: number;
  readonly news: (state: PeerState, nowMs: number) => News;
}

export interface Step {
  readonly before: PeerState;
  readonly event: PeerEvent;
  readonly after: StepResult;
}

const id = fc.constantFrom('1', '2', '3', '4');
const spi = fc.constantFrom('0000000000000000', '00000000000000aa', '00000000000000bb', 'ffffffffffffffff');
const ikeState = fc.oneof(
  { weight: 2, arbitrary: fc.constant('ESTABLISHED') },
  { weight: 1, arbitrary: fc.constant('CONNECTING') },
  { weight: 1, arbitrary: fc.constantFrom('CREATED', 'REKEYING', 'REKEYED', 'DELETING', 'PASSIVE', '?') },
);
const child: fc.Arbitrary<ChildSaFacts> = fc.record({
  id: fc.constantFrom('1', '2', '3', '4', '5', '6'),
  name: fc.constantFrom('net', 'voice', 'other'),
  state: fc.constantFrom('INSTALLED', 'INSTALLED', 'REKEYING', 'DELETED', 'INSTALLING'),
  packetsIn: fc.constantFrom(0, 0, 7),
  purpose: fc.constantFrom('1', '1', '2'),
  spis: fc.constantFrom('11', '22', '33'),
});
const named: fc.Arbitrary<IkeSaFacts> = fc.record({
  id,
  state: ikeState,
  isInitiator: fc.boolean(),
  initiatorSpi: spi,
  responderSpi: spi,
  isAnonymous: fc.constant(false),
  children: fc.uniqueArray(child, { maxLength: 3, selector: (one) => one.id }),
});
const anonymous = named.map((sa) => ({
  ...sa,
  state: 'CONNECTING',
  isInitiator: false,
  isAnonymous: true,
  children: [],
}));
const ikeSa = fc.oneof({ weight: 4, arbitrary: named }, { weight: 1, arbitrary: anonymous });

export const setup: fc.Arbitrary<PeerSetup> = fc.record({
  settings: fc
    .record({
      policy: fc.constantFrom(
        'windowed',
        'windowed',
        'windowed',
        'responder-only',
        'initiator-only',
        'paused',
      ),
      collision: fc.constantFrom('settle', 'immediate'),
      settleHoldMs: fc.constantFrom(0, 20_000),
      authPatienceMs: fc.constantFrom(0, 5_000),
      courtesyMs: fc.constantFrom(0, 2_000),
      backOffFactor: fc.constantFrom(1, 2),
      enforce: fc.boolean(),
    } as const)
    .map((some) => ({ ...DEFAULT_SETTINGS, ...some })),
  children: fc.constantFrom(['net'], ['net', 'voice'], []),
  isConfigured: fc.constantFrom(true, true, true, true, false),
  isCallable: fc.constantFrom(true, true, true, true, false),
});

const event: fc.Arbitrary<News> = fc.oneof(
  fc.constantFrom<News>({ type: 'tick' }, { type: 'turn' }, { type: 'detached' }, { type: 'look-again' }),
  fc.record({ type: fc.constant('configured'), setup }),
  fc.record({ type: fc.constant('attached'), ikeSas: fc.array(ikeSa, { maxLength: 4 }) }),
  fc.record({ type: fc.constant('ike-up'), ikeSa: named }),
  fc.record({ type: fc.constant('ike-down'), id, state: ikeState }),
  fc.record({ type: fc.constant('child-changed'), ikeSa: named }),
  fc.record({ type: fc.constant('ike-rekeyed'), oldId: id, ikeSa: named }),
  fc.record({ type: fc.constant('child-rekeyed'), ikeSaId: id, oldChildId: id, child }),
  fc.record({ type: fc.constantFrom('call-seen', 'peer-calls', 'proven'), id }),
  fc.record({ type: fc.constant('given-up'), id, text: fc.string() }),
  fc.record({ type: fc.constant('trouble'), text: fc.string() }),
  fc.record({ type: fc.constant('initiate-answered'), token: fc.nat(9), error: fc.option(fc.string()) }),
  fc.record({ type: fc.constant('terminate-answered'), id, error: fc.option(fc.string()) }),
  fc.record({ type: fc.constant('terminate-not-sent'), id }),
  fc.record({ type: fc.constant('operator'), action: fc.constantFrom('pause', 'resume', 'initiate') }),
);

/** A listing that shows what is remembered, but for those that `hidden` names; `extra` is there too. */
function listingOf(
  state: PeerState,
  askedMs: number,
  isFresh: boolean,
  hidden: string,
  extra: readonly IkeSaFacts[],
): News {
  const known = state.ikeSas
    .filter((sa) => sa.id !== hidden && !extra.some((other) => other.id === sa.id))
    .map((sa) => ({
      id: sa.id,
      state: sa.state,
      isInitiator: sa.startedBy === 'self',
      initiatorSpi: sa.initiatorSpi,
      responderSpi: sa.responderSpi,
      isAnonymous: sa.isAnonymous,
      children: sa.children,
    }));
  return { type: 'listing', askedMs, isFresh, hasHalfOpen: isFresh, ikeSas: [...known, ...extra] };
}

const listing = fc
  .tuple(fc.boolean(), fc.constantFrom(0, 0, 5, 3_000), fc.option(id), fc.array(ikeSa, { maxLength: 1 }))
  .map(
    ([isFresh, ageMs, hidden, extra]) =>
      (state: PeerState, nowMs: number) =>
        listingOf(state, nowMs - ageMs, isFresh, hidden ?? '', extra),
  );

/** Both ends have a usable IKE_SA, and the peer's is proven. */
const collision = fc.constantFrom('aa', 'cc').map((ours) => (): News => {
  const of = (name: string, isInitiator: boolean, packetsIn: number): IkeSaFacts => ({
    id: isInitiator ? '1' : '2',
    state: 'ESTABLISHED',
    isInitiator,
    initiatorSpi: name,
    responderSpi: `${name}ff`,
    isAnonymous: false,
    children: ['net', 'voice'].map((child) => ({
      id: `${name}${child}`,
      name: child,
      state: 'INSTALLED',
      packetsIn,
    })),
  });
  return { type: 'attached', ikeSas: [of(ours, true, 0), of('bb', false, 1)] };
});

/** The CHILD_SAs of an IKE_SA that the peer started are rekeyed: the answer that R7 waits for, if it has asked. */
const answer = fc.constantFrom('8', '9').map((childId) => (state: PeerState): News => {
  const theirs = state.ikeSas.find((sa) => sa.startedBy === 'peer' && sa.children.length > 0);
  const [old] = theirs?.children ?? [];
  if (!theirs || !old) return { type: 'tick' };
  return { type: 'child-rekeyed', ikeSaId: theirs.id, oldChildId: old.id, child: { ...old, id: childId } };
});

const move: fc.Arbitrary<Move> = fc.record({
  afterMs: fc.oneof(fc.constant(null), fc.constantFrom(0, 0, 1, 500, 1_000, 2_000, 10_000, 20_000)),
  random: fc.constantFrom(0, 0.5, 0.98765),
  news: fc.oneof(
    { weight: 4, arbitrary: fc.constant((): News => ({ type: 'tick' })) },
    { weight: 3, arbitrary: fc.constant((): News => ({ type: 'turn' })) },
    { weight: 5, arbitrary: listing },
    { weight: 1, arbitrary: collision },
    { weight: 1, arbitrary: answer },
    { weight: 5, arbitrary: event.map((news) => () => news) },
  ),
});

export const run = fc.record({ setup, moves: fc.array(move, { minLength: 1, maxLength: 60 }) });
export type Run = typeof run extends fc.Arbitrary<infer T> ? T : never;

/** All steps of a run that begins with an attach. `seen` gets each before the next is made. */
export function play({ setup: begin, moves }: Run, seen: (one: Step) => void): PeerState {
  let nowMs = 1_000;
  let state = initialPeerState(begin, nowMs);
  const take = (event: PeerEvent) => {
    const after = step(state, event);
    seen({ before: state, event, after });
    ({ state } = after);
  };
  take({ type: 'attached', ikeSas: [], nowMs, random: 0 });
  for (const one of moves) {
    nowMs = one.afterMs === null ? Math.max(nowMs, state.wakeMs ?? nowMs) : nowMs + one.afterMs;
    take({ ...one.news(state, nowMs), nowMs, random: one.random });
  }
  return state;
}

/** Freezes a value and all in it, so that a write throws. */
export function deepFreeze<T>(value: T): T {
  if (typeof value === 'object' && value !== null && !Object.isFrozen(value)) {
    Object.freeze(value);
    for (const inner of Object.values(value)) deepFreeze(inner);
  }
  return value;
}
