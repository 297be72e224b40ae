/** The checks can fail: each is shown a step that breaks it and nothing else. */

import { describe, expect, it } from 'vitest';
import type { Effect } from '../../../src/policy/effects.ts';
import type { PeerEvent } from '../../../src/policy/events.ts';
import type { IkeSaFacts } from '../../../src/policy/facts.ts';
import { brokenInvariants } from '../../../src/policy/invariants.ts';
import { DEFAULT_SETTINGS } from '../../../src/policy/settings.ts';
import { type IkeSa, initialPeerState, type PeerState } from '../../../src/policy/state.ts';
import { step } from '../../../src/policy/step.ts';

const SETUP = { settings: DEFAULT_SETTINGS, children: ['net'], isConfigured: true, isCallable: true };
const AT = { nowMs: 10_000, random: 0 };

/** `ours` came up at 1 s and `theirs` at 2 s, the hold is over. */
function facts(id: string, isInitiator: boolean): IkeSaFacts {
  return {
    id,
    state: 'ESTABLISHED',
    isInitiator,
    initiatorSpi: `a${id}`,
    responderSpi: `b${id}`,
    isAnonymous: false,
    children: [{ id: `c${id}`, name: 'net', state: 'INSTALLED', packetsIn: 1 }],
  };
}
const [OURS, THEIRS, CALL] = [
  facts('1', true),
  facts('2', false),
  { ...facts('3', true), state: 'CONNECTING', responderSpi: '0000', children: [] },
];

function attached(...ikeSas: IkeSaFacts[]): PeerState {
  return step(initialPeerState(SETUP, 0), { type: 'attached', ikeSas, nowMs: 0, random: 0 }).state;
}

const idle = attached();
const asking = step(idle, { type: 'tick', ...AT }).state;
const calling = step(asking, { type: 'turn', ...AT });
const both = attached(OURS, THEIRS);

const turn: PeerEvent = { type: 'turn', ...AT };
const tick: PeerEvent = { type: 'tick', nowMs: 5_000, random: 0 };
const fresh = (...ikeSas: IkeSaFacts[]): PeerEvent => ({
  type: 'listing',
  askedMs: AT.nowMs,
  isFresh: true,
  hasHalfOpen: true,
  ikeSas,
  ...AT,
});
const terminate = (
  one: IkeSaFacts,
  reason: 'collision' | 'window-over' | 'violation' = 'collision',
): Effect => ({
  type: 'terminate',
  id: one.id,
  initiatorSpi: one.initiatorSpi,
  responderSpi: one.responderSpi,
  reason,
  untilMs: AT.nowMs + 1_000,
});

const TWIN = { id: 'c9', name: 'net', state: 'INSTALLED', packetsIn: 1, purpose: '1', spis: '22' };
const TWINS: IkeSaFacts = { ...OURS, children: [{ ...TWIN, id: 'c1', spis: '11' }, TWIN] };
const endChild = (childId: string): Effect => ({
  type: 'terminate-child',
  childId,
  untilMs: AT.nowMs + 1_000,
});

interface Case {
  readonly before: PeerState;
  readonly event: PeerEvent;
  readonly state: PeerState;
  readonly effects: readonly Effect[];
}

const good: Case = { before: asking, event: turn, ...calling };
const settled: Case = { before: both, event: fresh(OURS, THEIRS), state: both, effects: [terminate(OURS)] };
const parted: Case = { before: both, event: fresh(TWINS), state: both, effects: [endChild('c1')] };
const silent = (state: PeerState): Case => ({ before: state, event: tick, state, effects: [] });
const change = (state: PeerState, one: Partial<PeerState>): PeerState => ({ ...state, ...one });
const settings = (state: PeerState, one: Partial<typeof DEFAULT_SETTINGS>) =>
  change(state, { setup: { ...state.setup, settings: { ...state.setup.settings, ...one } } });
const withSa = (state: PeerState, ...more: IkeSa[]) => change(state, { ikeSas: [...state.ikeSas, ...more] });

const [ours] = both.ikeSas;
const [call] = attached(CALL).ikeSas;
if (!ours || !call) throw new Error('no IKE_SAs');

const CASES: readonly (readonly [string, Case])[] = [
  ['R1: initiate without a turn', { ...good, event: tick }],
  ['R2: initiate outside initiator mode', { ...good, event: { ...turn, nowMs: 20_000 } }],
  ['R3: initiate while a call of ours is open', { ...good, before: change(asking, { callIssuedMs: 1 }) }],
  ['R3: initiate under an old token', { ...good, before: change(asking, { token: 1 }) }],
  ['R5: initiate while a usable IKE_SA exists', { ...good, state: withSa(calling.state, ours) }],
  [
    'R5: initiate of a child that the connection does not have',
    { ...good, effects: [{ type: 'initiate', child: 'no', token: 1 }, ...calling.effects.slice(1)] },
  ],
  [
    'R5: initiate of one child twice',
    { ...good, effects: [...calling.effects, ...calling.effects.slice(1)] },
  ],
  [
    'R14: initiate for a peer that may not be called',
    { ...good, state: settings(calling.state, { policy: 'paused' }) },
  ],
  ['R8: terminate without a fresh listing', { ...settled, event: tick }],
  ['R8: terminate of an IKE_SA that the listing does not show so', { ...settled, event: fresh(THEIRS) }],
  ['R8: two authenticated IKE_SAs', { ...settled, effects: [terminate(OURS), terminate(OURS)] }],
  ['R8: the last usable IKE_SA terminated', { ...settled, event: fresh(OURS) }],
  ['R7: an IKE_SA of the peer given up', { ...settled, effects: [terminate(THEIRS)] }],
  [
    'R4: terminate of a call in IKE_AUTH before its patience ran out',
    {
      before: asking,
      event: fresh({ ...CALL, responderSpi: 'b3' }),
      state: withSa(asking, { ...call, responderSpi: 'b3' }),
      effects: [terminate({ ...CALL, responderSpi: 'b3' }, 'window-over')],
    },
  ],
  ['R14: a violation ended without enforce', { ...settled, effects: [terminate(OURS, 'violation')] }],
  [
    'R13: terminate for a peer that is passive',
    { ...settled, state: change(both, { setup: { ...SETUP, isCallable: false } }) },
  ],
  ['paused: more than our own unanswered call', { ...settled, state: change(both, { isPaused: true }) }],
  ['R8: a CHILD_SA terminated without a fresh listing', { ...parted, event: tick }],
  ['R8: two ended by one listing', { ...parted, effects: [endChild('c1'), endChild('c9')] }],
  ['R9: a CHILD_SA terminated that has no twin', { ...parted, event: fresh(OURS) }],
  ['R9: a CHILD_SA terminated for a peer', { ...parted, state: change(both, { isPaused: true }) }],
  ['R15: a turn is waited for that was not asked for', { ...silent(idle), state: asking }],
  ['R15: a turn is waited for that was not asked for', { ...silent(asking), state: idle }],
  ['R15: a turn asked for by a peer', silent(settings(asking, { policy: 'responder-only' }))],
  ['R5: a window runs beside a usable IKE_SA', silent(withSa(idle, ours))],
  ['R1: no window runs although', silent(change(idle, { window: { kind: 'none' } }))],
  ['R12: a window runs while charon is away', silent(change(idle, { isAttached: false }))],
  [
    'R12: something asked of charon while it is away',
    { ...silent(change(idle, { isAttached: false, window: { kind: 'none' } })), effects: [{ type: 'list' }] },
  ],
  ['R14: a window runs for a peer', silent(settings(idle, { policy: 'responder-only' }))],
  ['state: an IKE_SA is remembered twice', silent(withSa(both, ours))],
  [
    'state: an IKE_SA is remembered as gone and as present',
    silent(change(both, { gone: [{ id: '1', goneMs: 0 }] })),
  ],
  [
    'state: too many remembered',
    silent(change(idle, { gone: Array.from({ length: 17 }, (_, id) => ({ id: `${id}`, goneMs: 0 })) })),
  ],
  [
    'state: too many half-open remembered',
    silent(
      withSa(idle, ...Array.from({ length: 17 }, (_, id) => ({ ...call, id: `${id}`, isAnonymous: true }))),
    ),
  ],
  [
    'state: a counter fell',
    { ...silent(idle), before: change(idle, { counters: { ...idle.counters, swept: 1 } }) },
  ],
  ['state: the token fell', { ...silent(idle), before: change(idle, { token: 1 }) }],
  [
    'state: a change of name without its transition',
    { ...silent(idle), before: change(idle, { name: 'up' }) },
  ],
  ['time: wakeMs is not a time to come', silent(change(idle, { wakeMs: tick.nowMs }))],
  ['time: wakeMs is not a time to come', silent(change(idle, { wakeMs: Number.NaN }))],
];

describe('invariants', () => {
  it.each(CASES)('%s', (name, { before, event, state, effects }) => {
    const broken = brokenInvariants(before, event, { state, effects });
    expect(broken.filter((one) => one.startsWith(name))).toHaveLength(1);
  });

  it.each([
    ['a call', good],
    ['the end of a collision', settled],
    ['the end of a CHILD_SA beside its twin', parted],
    ['nothing at all', silent(idle)],
    ['a wake-up in a millisecond', silent(change(idle, { wakeMs: tick.nowMs + 1 }))],
  ])('hold for %s', (_, { before, event, state, effects }) => {
    expect(brokenInvariants(before, event, { state, effects })).toEqual([]);
  });
});
