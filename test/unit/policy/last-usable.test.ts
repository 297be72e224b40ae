/** R8 at its only gate: `terminate` refuses by itself, whatever the rule that calls it has checked. */

import { describe, expect, it } from 'vitest';
import type { IkeSaFacts } from '../../../src/policy/facts.ts';
import { terminate } from '../../../src/policy/rules/r8-last-usable.ts';
import { DEFAULT_SETTINGS } from '../../../src/policy/settings.ts';
import { initialPeerState } from '../../../src/policy/state.ts';
import { step } from '../../../src/policy/step.ts';
import { beginWork, type Work } from '../../../src/policy/work.ts';

const SETUP = { settings: DEFAULT_SETTINGS, children: ['net'], isConfigured: true, isCallable: true };

function usable(id: string, change: Partial<IkeSaFacts> = {}): IkeSaFacts {
  return {
    id,
    state: 'ESTABLISHED',
    isInitiator: true,
    initiatorSpi: `a${id}`,
    responderSpi: `b${id}`,
    isAnonymous: false,
    children: [{ id: `c${id}`, name: 'net', state: 'INSTALLED', packetsIn: 0 }],
    ...change,
  };
}

function workWith(isFresh: boolean, ...ikeSas: IkeSaFacts[]): Work {
  const attached = { type: 'attached', ikeSas, nowMs: 0, random: 0 } as const;
  const { state } = step(initialPeerState(SETUP, 0), attached);
  return { ...beginWork(state, { type: 'tick', nowMs: 1, random: 0 }), isFresh };
}

function tryToEnd(work: Work, id: string): boolean {
  const sa = work.state.ikeSas.find((one) => one.id === id);
  if (!sa) throw new Error(`no IKE_SA ${id}`);
  return terminate(work, sa, 'leftover');
}

const call = usable('1', { state: 'CONNECTING', responderSpi: '0', children: [] });
const empty = usable('2', { children: [] });

describe('terminate (R8)', () => {
  it('ends one of two usable ones, by id and SPIs', () => {
    const work = workWith(true, usable('1'), usable('2'));
    expect(tryToEnd(work, '1')).toBe(true);
    expect(work.effects).toEqual([
      {
        type: 'terminate',
        id: '1',
        initiatorSpi: 'a1',
        responderSpi: 'b1',
        reason: 'leftover',
        untilMs: 1_001,
      },
    ]);
  });

  it('refuses one on which a request of ours has no answer yet, and looks again half a second later', () => {
    const work = workWith(true, usable('1', { isBusy: true }), usable('2'));
    expect(tryToEnd(work, '1')).toBe(false);
    expect(work.effects).toEqual([{ type: 'list' }]);
    const listed = workWith(true, usable('1', { isBusy: true }), usable('2'));
    listed.state.listedMs = 1;
    expect(tryToEnd(listed, '1')).toBe(false);
    expect(listed.effects).toEqual([]);
    expect(listed.state.wakeMs).toBe(501);
  });

  it('refuses the last usable one, also beside one that lacks children', () => {
    for (const ikeSas of [[usable('1')], [usable('1'), empty], [usable('1'), { ...call, id: '3' }]]) {
      const work = workWith(true, ...ikeSas);
      expect(tryToEnd(work, '1')).toBe(false);
      expect(work.effects).toEqual([]);
    }
  });

  it('another one that leads to another host is no other one', () => {
    const moon = usable('1', { remoteId: 'moon' });
    expect(tryToEnd(workWith(true, moon, usable('2', { remoteId: 'sun' })), '1')).toBe(false);
    expect(tryToEnd(workWith(true, moon, usable('2', { remoteId: 'moon' })), '1')).toBe(true);
  });

  it('refuses one that also carries a child of another connection', () => {
    const foreign = { id: 'c9', name: 'voice', state: 'INSTALLED', packetsIn: 0 };
    const shared = usable('1', { children: [...usable('1').children, foreign] });
    expect(tryToEnd(workWith(true, shared, usable('2')), '1')).toBe(false);
    expect(tryToEnd(workWith(true, shared, usable('2')), '2')).toBe(true);
  });

  it('refuses one that lacks children if none is usable', () => {
    expect(tryToEnd(workWith(true, empty), '2')).toBe(false);
  });

  it('ends a call although nothing is usable', () => {
    expect(tryToEnd(workWith(true, call), '1')).toBe(true);
  });

  it('refuses everything without a fresh listing', () => {
    const work = workWith(false, usable('1'), usable('2'), { ...call, id: '3' });
    expect(tryToEnd(work, '1')).toBe(false);
    expect(tryToEnd(work, '3')).toBe(false);
    expect(work.effects).toEqual([]);
  });

  it('asks for a new listing before it ends a second one', () => {
    const work = workWith(true, usable('1'), usable('2'), usable('3'));
    expect(tryToEnd(work, '1')).toBe(true);
    expect(tryToEnd(work, '2')).toBe(false);
    expect(work.effects.map((effect) => effect.type)).toEqual(['terminate', 'list']);
  });
});
