/** Copies are made field by field: no field may be forgotten in them, or in the comparison. */

import { describe, expect, it } from 'vitest';
import { copyOfIkeSa, copyOfState, isSameState, withLast, without } from '../../../src/policy/copies.ts';
import { newIkeSa } from '../../../src/policy/recognition.ts';
import { DEFAULT_SETTINGS } from '../../../src/policy/settings.ts';
import { initialPeerState } from '../../../src/policy/state.ts';
import { step } from '../../../src/policy/step.ts';

const setup = { settings: DEFAULT_SETTINGS, children: ['net'], isConfigured: true, isCallable: true };
const state = initialPeerState(setup, 1);
const facts = {
  id: '7',
  state: 'ESTABLISHED',
  isInitiator: true,
  initiatorSpi: '1',
  responderSpi: '2',
  isAnonymous: false,
  remoteId: 'sun',
  remoteHost: '192.0.2.2',
  children: [{ id: '1', name: 'net', state: 'INSTALLED', packetsIn: 0 }],
};
const sa = newIkeSa(facts, 'peer', 1);

/** Each field has a value that nothing else has. */
function marked<T extends object>(record: T): T {
  return Object.fromEntries(Object.keys(record).map((name) => [name, name])) as T;
}

describe('a copy', () => {
  it('of a state has all of it, in its order', () => {
    expect(Object.entries(copyOfState(marked(state)))).toEqual(Object.entries(marked(state)));
    expect(copyOfState(state)).not.toBe(state);
  });

  it('of an IKE_SA has all of it, in its order', () => {
    expect(Object.entries(copyOfIkeSa(marked(sa)))).toEqual(Object.entries(marked(sa)));
    expect(copyOfIkeSa(sa)).not.toBe(sa);
  });
});

describe('a list', () => {
  const list = [{ id: '1' }, { id: '2' }];

  it('without what is not in it is the very list', () => {
    expect(without(list, '3')).toBe(list);
    expect(without(list, '1')).toEqual([{ id: '2' }]);
    expect(without([{ id: '1' }], '1')).toEqual([]);
  });

  it('has what is put last once', () => {
    const last = { id: '1' };
    expect(withLast(list, last)).toEqual([{ id: '2' }, { id: '1' }]);
    expect(withLast(list, last).at(-1)).toBe(last);
    expect(withLast([], last)).toEqual([last]);
    expect(list).toEqual([{ id: '1' }, { id: '2' }]);
  });
});

describe('isSameState', () => {
  it('is true of a copy', () => {
    expect(isSameState(state, copyOfState(state))).toBe(true);
  });

  it.each(Object.keys(state))('sees another %s', (name) => {
    expect(isSameState(state, { ...state, [name]: Symbol('another') })).toBe(false);
  });
});

describe('step', () => {
  const events = [
    { type: 'attached', ikeSas: [facts] },
    { type: 'proven', id: '7' },
    { type: 'listing', askedMs: 20_000, isFresh: false, hasHalfOpen: true, ikeSas: [facts] },
  ] as const;
  const told = events.reduce(
    (before, event, at) => step(before, { ...event, nowMs: 10_000 * (at + 1), random: 0 }).state,
    state,
  );

  it.each([
    { type: 'proven', id: '7' },
    { type: 'proven', id: '8' },
    { type: 'tick' },
    { type: 'listing', askedMs: 40_000, isFresh: false, hasHalfOpen: true, ikeSas: [facts] },
  ] as const)('gives the very state that came in if %j says nothing new', (event) => {
    const { state: after, effects } = step(told, { ...event, nowMs: 40_100, random: 0 });
    expect(told.name).toBe('up');
    expect(after).toBe(told);
    expect(effects).toEqual([]);
  });

  it.each([
    { ...facts, isBusy: true },
    { ...facts, state: 'REKEYING' },
    { ...facts, initiatorSpi: '3' },
    { ...facts, responderSpi: '3' },
    { ...facts, remoteId: 'moon' },
    { ...facts, remoteHost: '192.0.2.3' },
    { ...facts, children: [{ id: '1', name: 'net', state: 'INSTALLED', packetsIn: 7 }] },
  ])('takes up what a listing says anew: %j', (listed) => {
    const { ikeSas } = step(told, {
      type: 'listing',
      askedMs: 40_000,
      isFresh: false,
      hasHalfOpen: true,
      ikeSas: [listed],
      nowMs: 40_100,
      random: 0,
    }).state;
    const { isInitiator: _flips, ...known } = listed;
    expect(ikeSas).toMatchObject([known]);
  });
});
