/** R7: the tries of an end that wants to delete its own IKE_SA, from both sides of each limit. */

import { describe, expect, it } from 'vitest';
import type { Effect } from '../../../src/policy/effects.ts';
import type { PeerEvent } from '../../../src/policy/events.ts';
import type { IkeSaFacts } from '../../../src/policy/facts.ts';
import { DEFAULT_SETTINGS } from '../../../src/policy/settings.ts';
import { initialPeerState } from '../../../src/policy/state.ts';
import { step } from '../../../src/policy/step.ts';

type WithoutTime<Event> = Event extends unknown ? Omit<Event, 'nowMs' | 'random'> : never;
type News = WithoutTime<PeerEvent>;

const HELD_MS = 20_000;
const tick: News = { type: 'tick' };

function up(id: string, isInitiator: boolean, initiatorSpi: string): IkeSaFacts {
  const children = [{ id: `${id}0`, name: 'net', state: 'INSTALLED', packetsIn: 1 }];
  return {
    id,
    state: 'ESTABLISHED',
    isInitiator,
    initiatorSpi,
    responderSpi: 'ee',
    isAnonymous: false,
    children,
  };
}

/** A CHILD_SA of `ikeSaId` has another in its place. */
function rekeyed(ikeSaId: string): News {
  const child = { id: `${ikeSaId}1`, name: 'net', state: 'INSTALLED', packetsIn: 1 };
  return { type: 'child-rekeyed', ikeSaId, oldChildId: `${ikeSaId}0`, child };
}

/** Both are up from 0 on; ours is 1 and has the lower SPI or the higher one. @returns the effects of the last event */
function run(ourSpi: 'aa' | 'cc', ...events: readonly (readonly [number, News])[]): string[] {
  const setup = { settings: DEFAULT_SETTINGS, children: ['net'], isConfigured: true, isCallable: true };
  const ikeSas = [up('1', true, ourSpi), up('2', false, 'bb')];
  let state = initialPeerState(setup, 0);
  let effects: readonly Effect[] = [];
  for (const [nowMs, news] of [[0, { type: 'attached', ikeSas }] as const, ...events]) {
    ({ state, effects } = step(state, { ...news, nowMs, random: 0 }));
  }
  return effects.map(({ type }) => type).filter((type) => type === 'list' || type === 'rekey-child');
}

/** What is done `afterMs` after the answer to a try, which came `answerMs` after it began. */
function afterAnswer(answerMs: number, afterMs: number): readonly string[] {
  const answeredMs = HELD_MS + answerMs;
  return run('aa', [HELD_MS, tick], [answeredMs, rekeyed('2')], [answeredMs + afterMs, tick]);
}

describe('a try', () => {
  it.each([
    ['aa', HELD_MS - 1, []],
    ['aa', HELD_MS, ['rekey-child']],
    ['cc', HELD_MS + 1_999, []],
    ['cc', HELD_MS + 2_000, ['rekey-child']],
  ] as const)('of the end with SPI %s at %i ms: %j', (spi, nowMs, effects) => {
    expect(run(spi, [nowMs, tick])).toEqual(effects);
  });

  it.each([
    [299, []],
    [300, ['list']],
  ])('%i ms after the answer: %j', (afterMs, effects) => {
    expect(afterAnswer(50, afterMs)).toEqual(effects);
  });

  it.each([
    [1_999, ['list']],
    [2_000, []],
    [3_999, []],
    [4_000, ['rekey-child']],
  ])('that was answered counts %i ms after the answer: %j', (afterMs, effects) => {
    expect(afterAnswer(50, afterMs)).toEqual(effects);
  });

  it.each([
    [1_999, ['list']],
    [2_000, []],
  ])('takes an answer %i ms after it began, and not: %j', (answerMs, effects) => {
    expect(afterAnswer(answerMs, 300)).toEqual(effects);
  });

  it.each([
    ['aa', 14_999, []],
    ['aa', 15_000, ['rekey-child']],
    ['cc', 29_999, []],
    ['cc', 30_000, ['rekey-child']],
  ] as const)(
    'of the end with SPI %s whose own was rekeyed before, after %i ms: %j',
    (spi, afterMs, effects) => {
      expect(run(spi, [HELD_MS - 1, rekeyed('1')], [HELD_MS - 1 + afterMs, tick])).toEqual(effects);
    },
  );

  it.each([
    [3_999, ['list']],
    [4_000, []],
  ])('lasts no longer than 2 s for each child and 2 s for the look, %i ms: %j', (afterMs, effects) => {
    const events = [
      [HELD_MS, tick],
      [HELD_MS + 1_900, rekeyed('2')],
      [HELD_MS + 3_600, rekeyed('2')],
      [HELD_MS + afterMs, tick],
    ] as const;
    expect(run('aa', ...events)).toEqual(effects);
  });

  it('is not answered by a late answer to the one before, also if it begins at that moment', () => {
    const events = [
      [HELD_MS, tick],
      [HELD_MS + 4_000, rekeyed('2')],
      [HELD_MS + 4_300, tick],
    ] as const;
    expect(run('aa', ...events.slice(0, 2))).toEqual(['rekey-child']);
    expect(run('aa', ...events)).toEqual([]);
  });

  it('ends when our own is rekeyed meanwhile, also by an event of the same moment', () => {
    const events = [
      [HELD_MS, tick],
      [HELD_MS, rekeyed('1')],
      [HELD_MS + 50, rekeyed('2')],
      [HELD_MS + 400, tick],
    ] as const;
    expect(run('aa', ...events)).toEqual([]);
  });

  it.each([
    [3, ['rekey-child']],
    [4, ['list']],
  ])('after %i that nobody answered: %j', (tries, effects) => {
    const begun = Array.from({ length: tries }, (_, index) => [HELD_MS + index * 4_000, tick] as const);
    expect(run('aa', ...begun, [HELD_MS + tries * 4_000, tick])).toEqual(effects);
  });

  it('in vain is none of which the answer came late, or still may come', () => {
    const inVain = [0, 4_000, 8_000, 12_000].map((afterMs) => [HELD_MS + afterMs, tick] as const);
    const listed = (isBusy: boolean): News => {
      const ikeSas = [up('1', true, 'aa'), { ...up('2', false, 'bb'), isBusy }];
      return { type: 'listing', askedMs: HELD_MS + 16_000, isFresh: true, hasHalfOpen: false, ikeSas };
    };
    expect(run('aa', ...inVain, [HELD_MS + 16_000, tick])).toEqual(['list']);
    expect(run('aa', ...inVain, [HELD_MS + 15_000, rekeyed('2')], [HELD_MS + 16_000, tick])).toEqual([
      'rekey-child',
    ]);
    const busy = [HELD_MS + 16_000, listed(true)] as const;
    expect(run('aa', ...inVain, busy, [HELD_MS + 16_500, tick])).toEqual(['list']);
    expect(run('aa', ...inVain, busy, [HELD_MS + 16_500, listed(false)])).toEqual(['rekey-child']);
  });
});

/** R7 with `count` children: ours is 1, the peer's is 2; each of the peer's is rekeyed `everyMs` after the one before. */
function runMany(count: number, everyMs: number, afterMs: number): string[] {
  const names = Array.from({ length: count }, (_, index) => `net${index}`);
  const setup = { settings: DEFAULT_SETTINGS, children: names, isConfigured: true, isCallable: true };
  const childOf = (id: string, name: string, round: number) => {
    return { id: `${id}${round}${name.slice(3)}`, name, state: 'INSTALLED', packetsIn: 1 };
  };
  const ikeSas = [up('1', true, 'aa'), up('2', false, 'bb')].map((sa) => {
    return { ...sa, children: names.map((name) => childOf(sa.id, name, 0)) };
  });
  const rekeyings = names.map((name, index): readonly [number, News] => {
    const [old, child] = [childOf('2', name, 0), childOf('2', name, 1)];
    const news = { type: 'child-rekeyed', ikeSaId: '2', oldChildId: old.id, child } as const;
    return [HELD_MS + (index + 1) * everyMs, news];
  });
  const lastMs = HELD_MS + count * everyMs + afterMs;
  let state = initialPeerState(setup, 0);
  let effects: readonly Effect[] = [];
  const begin = [
    [0, { type: 'attached', ikeSas }],
    [HELD_MS, tick],
  ] as const;
  for (const [nowMs, news] of [...begin, ...rekeyings, [lastMs, tick] as const]) {
    ({ state, effects } = step(state, { ...news, nowMs, random: 0 }));
  }
  return effects.map(({ type }) => type).filter((type) => type === 'list' || type === 'rekey-child');
}

describe('a try with several children', () => {
  it.each([
    [3, 1_999, ['list']],
    [3, 2_000, []],
  ])('of %i, each rekeyed %i ms after the one before: %j', (count, everyMs, effects) => {
    expect(runMany(count, everyMs, 300)).toEqual(effects);
  });

  it('counts until 2 s after the last answer', () => {
    expect(runMany(3, 1_000, 1_999)).toEqual(['list']);
    expect(runMany(3, 1_000, 2_000)).toEqual([]);
  });
});
