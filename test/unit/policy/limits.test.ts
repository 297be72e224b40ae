/** Fixed times and bounds of the policy, from both sides. */

import { describe, expect, it } from 'vitest';
import type { PeerEvent } from '../../../src/policy/events.ts';
import type { IkeSaFacts } from '../../../src/policy/facts.ts';
import { DEFAULT_SETTINGS } from '../../../src/policy/settings.ts';
import { initialPeerState, type PeerState } from '../../../src/policy/state.ts';
import { step } from '../../../src/policy/step.ts';

type WithoutTime<Event> = Event extends unknown ? Omit<Event, 'nowMs' | 'random'> : never;
type News = WithoutTime<PeerEvent>;

const SETUP = { settings: DEFAULT_SETTINGS, children: ['net'], isConfigured: true, isCallable: true };

function run(...events: readonly (readonly [number, News])[]): PeerState {
  return events.reduce(
    (state, [nowMs, news]) => step(state, { ...news, nowMs, random: 0 }).state,
    initialPeerState(SETUP, 0),
  );
}

function up(id: string, isInitiator: boolean, change: Partial<IkeSaFacts> = {}): IkeSaFacts {
  return {
    id,
    state: 'ESTABLISHED',
    isInitiator,
    initiatorSpi: `a${id}`,
    responderSpi: `b${id}`,
    isAnonymous: false,
    children: [{ id: `c${id}`, name: 'net', state: 'INSTALLED', packetsIn: 0 }],
    ...change,
  };
}

const ATTACHED: News = { type: 'attached', ikeSas: [] };
const tick: News = { type: 'tick' };

describe('bounds of what is remembered', () => {
  const calls = (count: number) =>
    run(
      [0, ATTACHED],
      ...Array.from({ length: count }, (_, id) => [1, { type: 'peer-calls', id: `${id}` }] as const),
    );

  it.each([
    [15, 15],
    [16, 16],
    [17, 16],
  ])('of %i half-open IKE_SAs %i are remembered (R10)', (made, remembered) => {
    expect(calls(made).ikeSas).toHaveLength(remembered);
  });

  it.each([
    [16, 16],
    [17, 16],
  ])('of %i half-open ones in a listing %i are remembered', (made, remembered) => {
    const ikeSas = Array.from({ length: made }, (_, id) =>
      up(`${id}`, false, { state: 'CONNECTING', isAnonymous: true, children: [] }),
    );
    const listing = { type: 'listing', askedMs: 5, isFresh: false, hasHalfOpen: true, ikeSas } as const;
    expect(run([0, ATTACHED], [5, listing]).ikeSas).toHaveLength(remembered);
    expect(run([0, { type: 'attached', ikeSas }]).ikeSas).toHaveLength(remembered);
  });

  it.each([
    [16, 16, '0'],
    [17, 16, '1'],
  ])('of %i that went %i are remembered as gone', (went, remembered, oldest) => {
    const { gone } = run(
      [0, ATTACHED],
      ...Array.from(
        { length: went },
        (_, id) => [1, { type: 'ike-down', id: `${id}`, state: 'DELETING' }] as const,
      ),
    );
    expect(gone).toHaveLength(remembered);
    expect(gone[0]?.id).toBe(oldest);
  });

  it.each([
    [300, 300],
    [301, 300],
  ])('of an error of %i characters %i are kept', (length, kept) => {
    expect(
      run([0, ATTACHED], [1, { type: 'trouble', text: 'x'.repeat(length) }]).lastError?.text,
    ).toHaveLength(kept);
  });
});

describe('fixed times', () => {
  it.each([
    [30_000, 1],
    [30_001, 0],
  ])('at %i ms there are %i half-open ones of those seen at 1 ms (R10)', (nowMs, left) => {
    expect(run([0, ATTACHED], [1, { type: 'peer-calls', id: '1' }], [nowMs, tick]).ikeSas).toHaveLength(left);
  });

  it.each([
    [1_999, 'responder-mode'],
    [2_000, 'degraded'],
  ])(
    '%i ms after the start an IKE_SA that came up at 1 s without children is called %s (R5)',
    (nowMs, name) => {
      const ikeSa = up('1', false, { children: [] });
      expect(run([0, ATTACHED], [1_000, { type: 'ike-up', ikeSa }], [nowMs, tick]).name).toBe(name);
    },
  );

  it.each([
    [29_999, 1],
    [30_000, 2],
  ])('at %i ms %i count as present of two, of which one was told to go at 20 s', (nowMs, usable) => {
    const ikeSas = [up('1', true), up('2', true)];
    const listing = { type: 'listing', askedMs: 20_000, isFresh: true, hasHalfOpen: true, ikeSas } as const;
    const state = run([0, { type: 'attached', ikeSas }], [20_000, listing], [nowMs, tick]);
    expect(state.counters.swept).toBe(1);
    expect(state.ikeSas.filter((sa) => sa.leavingUntilMs === null)).toHaveLength(usable);
  });

  it.each([
    [4_999, 0],
    [5_000, 1],
  ])('%i ms after a listing was asked for it is asked for again (%i times)', (nowMs, times) => {
    const state = run([0, ATTACHED], [0, { type: 'look-again' }]);
    const { effects } = step(state, { type: 'look-again', nowMs, random: 0 });
    expect(effects.filter((effect) => effect.type === 'list')).toHaveLength(times);
  });

  it.each([
    [0, 30_000],
    [0.5, 28_500],
    [0.999, 27_003],
  ])('with random %d back-off makes responder mode %i ms of at most 30 s', (random, lengthMs) => {
    const settings = { ...DEFAULT_SETTINGS, backOffFactor: 10, backOffMaxMs: 30_000 };
    const before = { ...run([0, { type: 'configured', setup: { ...SETUP, settings } }]), cyclesInRow: 3 };
    const { state } = step(before, { ...ATTACHED, nowMs: 0, random });
    expect(state.window).toMatchObject({ kind: 'responder', deadlineMs: lengthMs });
  });
});
