/**
 * R12: a rekeying of the only IKE_SA, told by an event and by listings that come over another connection, in every order.
 *
 * A listing may be read while charon is at it: the old one and its successor, either of them, or neither are in it.
 * Whatever comes first, the peer stays up, nobody is called, and who started it stays what it was.
 */

import { describe, expect, it } from 'vitest';
import type { IkeSaFacts } from '../../../src/policy/facts.ts';
import { brokenInvariants } from '../../../src/policy/invariants.ts';
import { DEFAULT_SETTINGS, type PeerPolicy } from '../../../src/policy/settings.ts';
import { initialPeerState, type PeerState, type StartedBy } from '../../../src/policy/state.ts';
import { step } from '../../../src/policy/step.ts';
import type { News } from './fuzz.ts';

interface Told {
  readonly atMs: number;
  readonly news: News;
}

const ATTACHED_MS = 1_000;
const BEGUN_MS = 10_000;
const STEP_MS = 10;
/** By then what was in doubt is decided. */
const SETTLED_MS = 60_000;

function sa(id: string, state: string, isInitiator: boolean, hasChild: boolean): IkeSaFacts {
  return {
    id,
    state,
    isInitiator,
    initiatorSpi: id.padStart(16, 'a'),
    responderSpi: id.padStart(16, 'b'),
    isAnonymous: false,
    children: hasChild ? [{ id: '7', name: 'net', state: 'INSTALLED', packetsIn: 0 }] : [],
  };
}

/** What a listing may show, read while the rekeying is going on, or (`isAfter`) also when its event is out. */
function contents(startedBy: StartedBy, rekeyer: StartedBy): { isAfter: boolean; ikeSas: IkeSaFacts[] }[] {
  const old = (state: string, hasChild: boolean) => sa('1', state, startedBy === 'self', hasChild);
  const successor = sa('2', 'ESTABLISHED', rekeyer === 'self', true);
  const during = [
    [old('ESTABLISHED', true)],
    [old('REKEYING', true)],
    [old('REKEYING', true), successor],
    [old('REKEYED', false)],
    [old('DELETING', false)],
    [],
  ];
  const after = [[old('REKEYED', false), successor], [old('DELETING', false), successor], [successor]];
  return [
    ...during.map((ikeSas) => ({ isAfter: false, ikeSas })),
    ...after.map((ikeSas) => ({ isAfter: true, ikeSas })),
  ];
}

/** Every order of the event and of two listings, each asked for before or after what came before it. */
function orders(startedBy: StartedBy, rekeyer: StartedBy, hasChildren: boolean): Told[][] {
  const rekeyed: News = {
    type: 'ike-rekeyed',
    oldId: '1',
    ikeSa: sa('2', 'ESTABLISHED', rekeyer === 'self', hasChildren),
  };
  const shown = contents(startedBy, rekeyer);
  const all: Told[][] = [];
  for (const at of [0, 1, 2]) {
    for (const first of shown) {
      for (const second of shown) {
        for (const isLate of [true, false]) {
          const listings = [first, second].map((one, index) => {
            const isAfterEvent = at <= index;
            const atMs = BEGUN_MS + (index + (isAfterEvent ? 2 : 1)) * STEP_MS;
            const askedMs = isLate || !one.isAfter ? BEGUN_MS : atMs - 1;
            const news: News = {
              type: 'listing',
              askedMs,
              isFresh: true,
              hasHalfOpen: true,
              ikeSas: one.ikeSas,
            };
            return { atMs, news };
          });
          const event = { atMs: BEGUN_MS + (at + 1) * STEP_MS, news: rekeyed };
          all.push([...listings.slice(0, at), event, ...listings.slice(at)]);
        }
      }
    }
  }
  return all;
}

interface Outcome {
  readonly state: PeerState;
  readonly did: readonly string[];
}

function play(policy: PeerPolicy, startedBy: StartedBy, told: readonly Told[]): Outcome {
  const setup = {
    settings: { ...DEFAULT_SETTINGS, policy },
    children: ['net'],
    isConfigured: true,
    isCallable: true,
  };
  let state = initialPeerState(setup, 0, {
    lineages: [],
    counters: { cycles: 0, initiations: 0, collisions: 0, settled: 0, swept: 0, violations: 0 },
    isPaused: false,
  });
  const did: string[] = [];
  const ikeSas = [sa('1', 'ESTABLISHED', startedBy === 'self', true)];
  const all: Told[] = [
    { atMs: ATTACHED_MS, news: { type: 'attached', ikeSas } },
    ...told,
    { atMs: SETTLED_MS, news: { type: 'tick' } },
  ];
  for (const { atMs, news } of all) {
    const event = { ...news, nowMs: atMs, random: 0 };
    const after = step(state, event);
    expect(brokenInvariants(state, event, after)).toEqual([]);
    state = after.state;
    if (news.type === 'attached') continue;
    did.push(...after.effects.filter(({ type }) => type !== 'list').map((effect) => JSON.stringify(effect)));
  }
  return { state, did };
}

const ENDS: readonly StartedBy[] = ['self', 'peer'];
const cases = ENDS.flatMap((startedBy) => ENDS.map((rekeyer) => ({ startedBy, rekeyer })));

describe.each(cases)('an IKE_SA started by $startedBy and rekeyed by $rekeyer', ({ startedBy, rekeyer }) => {
  const policies: readonly PeerPolicy[] =
    startedBy === 'peer' ? ['windowed', 'initiator-only', 'responder-only'] : ['windowed', 'initiator-only'];

  it.each(policies)('stays what it was, in every order: %s', (policy) => {
    for (const hasChildren of [true, false]) {
      for (const told of orders(startedBy, rekeyer, hasChildren)) {
        const { state, did } = play(policy, startedBy, told);
        const order = JSON.stringify(told);
        expect(
          state.ikeSas.map(({ id, startedBy: by }) => `${id} by ${by}`),
          order,
        ).toEqual([`2 by ${startedBy}`]);
        expect(did, order).toEqual([]);
        expect(state.counters.violations, order).toBe(0);
      }
    }
  });
});

it.each(ENDS)('two rekeyings before the first of their events: started by %s', (startedBy) => {
  const other = startedBy !== 'self';
  const seen = (id: string): News => ({
    type: 'listing',
    askedMs: BEGUN_MS,
    isFresh: false,
    hasHalfOpen: true,
    ikeSas: [sa(id, 'ESTABLISHED', other, true)],
  });
  const event = (oldId: string, id: string): News => ({
    type: 'ike-rekeyed',
    oldId,
    ikeSa: sa(id, 'ESTABLISHED', other, false),
  });
  const told = [seen('2'), seen('3'), event('1', '2'), event('2', '3')];
  const { state } = play(
    'windowed',
    startedBy,
    told.map((news, index) => ({ atMs: BEGUN_MS + index, news })),
  );
  expect(state.ikeSas.map(({ id, startedBy: by }) => `${id} by ${by}`)).toEqual([`3 by ${startedBy}`]);
});
