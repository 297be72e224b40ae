/**
 * Properties of single steps over random runs, nonsense included: no rule broken, nothing written to what came
 * in, the same answer to the same question, and no harm in a tick too many.
 */

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { saysNothingNew } from '../../../src/policy/at-rest.ts';
import type { PeerEvent } from '../../../src/policy/events.ts';
import { brokenInvariants } from '../../../src/policy/invariants.ts';
import type { PeerState } from '../../../src/policy/state.ts';
import { step, stepInFull } from '../../../src/policy/step.ts';
import { deepFreeze, play, run, type Step } from './fuzz.ts';

const RUNS = { numRuns: 1_500 };

/** What a tick that nothing is due at may change: half-open ones expire (R10), the next wake-up is reckoned anew. */
function withoutPassing(state: PeerState): PeerState {
  return { ...state, wakeMs: null, ikeSas: state.ikeSas.filter((sa) => !sa.isAnonymous) };
}

/** V8 makes an object of its own for each of them, in each state anew. */
function fractionsIn(value: unknown): number[] {
  if (typeof value === 'number') return Number.isInteger(value) ? [] : [value];
  if (typeof value !== 'object' || value === null) return [];
  return Object.values(value).flatMap(fractionsIn);
}

describe('step', () => {
  it('breaks no rule, whatever happens', () => {
    fc.assert(
      fc.property(run, (one) => {
        const events: PeerEvent[] = [];
        play(one, ({ before, event, after }) => {
          events.push(event);
          const broken = brokenInvariants(before, event, after);
          if (broken.length > 0) throw new Error(`${broken.join('\n')}\nafter ${JSON.stringify(events)}`);
        });
      }),
      RUNS,
    );
  });

  it('writes to nothing that came in', () => {
    fc.assert(
      fc.property(run, (one) => {
        play(one, ({ after }) => deepFreeze(after));
        deepFreeze(one.setup);
        play(one, ({ after }) => deepFreeze(after));
      }),
      { numRuns: 300 },
    );
  });

  it('remembers whole milliseconds', () => {
    fc.assert(
      fc.property(run, (one) => {
        play(one, ({ after: { state } }) => expect(fractionsIn(state)).toEqual([]));
      }),
      RUNS,
    );
  });

  it('gives the same answer to the same events', () => {
    fc.assert(
      fc.property(run, (one) => {
        const [first, second]: [Step[], Step[]] = [[], []];
        play(one, (each) => first.push(each));
        play(one, (each) => second.push(each));
        expect(second).toEqual(first);
      }),
      { numRuns: 300 },
    );
  });

  it('in full comes to the same where nothing new is said', () => {
    let seen = { proven: 0, listing: 0 };
    fc.assert(
      fc.property(run, (one) => {
        play(one, ({ event, after: { state } }) => {
          const { nowMs, random } = event;
          const [sa] = state.ikeSas;
          if (sa === undefined) return;
          const again: PeerEvent[] = [
            { type: 'proven', id: sa.id, nowMs: nowMs + 1_000, random },
            {
              type: 'listing',
              askedMs: nowMs - 1,
              isFresh: false,
              hasHalfOpen: true,
              ikeSas: [{ ...sa, isInitiator: true }],
              nowMs: nowMs + 60_000,
              random,
            },
          ];
          for (const next of again) {
            if (!saysNothingNew(state, next)) continue;
            seen = { ...seen, [next.type]: seen[next.type === 'proven' ? 'proven' : 'listing'] + 1 };
            expect(stepInFull(state, next)).toEqual({ state, effects: [] });
          }
        });
      }),
      RUNS,
    );
    expect(Math.min(seen.proven, seen.listing)).toBeGreaterThan(50);
  });

  it('does nothing at a tick before the time that it asked for', () => {
    fc.assert(
      fc.property(run, fc.integer({ min: 0, max: 30_000 }), (one, soonerMs) => {
        let nowMs = 0;
        const state = play(one, ({ event }) => {
          ({ nowMs } = event);
        });
        const tickMs = Math.min(nowMs + soonerMs, (state.wakeMs ?? Number.POSITIVE_INFINITY) - 1);
        // After a terminate its answer is what shows the next thing to do, and nothing is woken for.
        const isTerminating = state.ikeSas.some((sa) => sa.leavingUntilMs !== null);
        fc.pre(tickMs >= nowMs && state.isAttached && !isTerminating);
        const after = step(state, { type: 'tick', nowMs: tickMs, random: 0.3 });
        expect(after.effects).toEqual([]);
        expect(withoutPassing(after.state)).toEqual(withoutPassing(state));
      }),
      RUNS,
    );
  });

  it('does nothing at a second tick of the same moment', () => {
    fc.assert(
      fc.property(run, fc.integer({ min: 0, max: 60_000 }), (one, laterMs) => {
        let nowMs = 0;
        const state = play(one, ({ event }) => {
          ({ nowMs } = event);
        });
        const tick = { type: 'tick', nowMs: nowMs + laterMs, random: 0.3 } as const;
        const once = step(state, tick);
        const twice = step(once.state, tick);
        expect(twice.effects).toEqual([]);
        expect(twice.state).toEqual(once.state);
      }),
      RUNS,
    );
  });

  it('is reached by the random runs where it matters', () => {
    const seen = new Set<string>();
    fc.assert(
      fc.property(run, (one) => {
        play(one, ({ after }) => {
          for (const effect of after.effects) {
            if (effect.type === 'terminate') seen.add(`terminate ${effect.reason}`);
            else if (effect.type === 'transition') seen.add(effect.to);
            else if (effect.type === 'note') seen.add(effect.rule);
            else seen.add(effect.type);
          }
        });
      }),
      { numRuns: 4_000, seed: 7 },
    );
    for (const reason of ['window-over', 'collision', 'leftover', 'violation', 'paused']) {
      expect(seen).toContain(`terminate ${reason}`);
    }
    for (const what of ['initiate', 'ask-turn', 'drop-turn', 'list', 'R4', 'R5', 'R6', 'R9', 'R10', 'R14']) {
      expect(seen).toContain(what);
    }
    for (const name of ['settling', 'up', 'degraded', 'passive', 'paused', 'unconfigured']) {
      expect(seen).toContain(name);
    }
  });
});
