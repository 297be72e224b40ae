/**
 * Whatever went wrong, once it stops going wrong there is exactly one tunnel within a bound, and nothing is done
 * any more; with a peer that stays silent the cycle goes on for ever (R4).
 */

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { MISHAPS, RandomWorld } from './random-world.ts';

const TRAITS = { probeMs: 10_000, probesMax: Infinity, retransmitMs: 2_000, triesMax: 4 } as const;

/** hold + grace + sweep-grace, a dead peer found out at both ends (10 s + 24 s), and the periodic listing, each twice. */
const BOUND_MS = 240_000;
const STABLE_MS = 90_000;

const run = fc.record({
  seed: fc.integer(),
  isMirror: fc.boolean(),
  spiPrefix: fc.constantFrom(['a', 'b'] as const, ['b', 'a'] as const),
  collision: fc.constantFrom('settle', 'settle', 'immediate'),
  settleHoldMs: fc.constantFrom(20_000, 2_000, 0),
  mishaps: fc.array(
    fc.record({
      afterMs: fc.constantFrom(0, 5, 80, 1_000, 9_990, 20_000),
      mishap: fc.constantFrom(...MISHAPS),
    }),
    { maxLength: 25 },
  ),
});

function play(one: typeof run extends fc.Arbitrary<infer T> ? T : never): RandomWorld {
  const { collision, settleHoldMs } = one;
  const traits = { ...TRAITS, spiPrefix: one.spiPrefix };
  const world = new RandomWorld(one.seed, traits, { collision, settleHoldMs }, one.isMirror);
  for (const { afterMs, mishap } of one.mishaps) {
    world.runTo(world.world.nowMs + afterMs);
    world.cause(mishap);
  }
  return world;
}

describe('after all mishaps', () => {
  it('there is exactly one tunnel, and it stays', () => {
    fc.assert(
      fc.property(run, (one) => {
        const world = play(one);
        world.quieten(false);
        world.runTo(world.world.nowMs + BOUND_MS);
        const [left, right] = [world.upAt(0), world.upAt(1)];
        expect(left).toHaveLength(1);
        expect(right).toEqual(left);
        expect(world.left.state.name).toBe('up');
        const { counters } = world.left.state;
        world.runTo(world.world.nowMs + STABLE_MS);
        expect(world.upAt(0)).toEqual(left);
        expect(world.upAt(1)).toEqual(left);
        expect(world.left.state.counters).toEqual(counters);
      }),
      { numRuns: 400 },
    );
  });

  it('with a silent peer the cycle goes on', () => {
    fc.assert(
      fc.property(run, (one) => {
        const world = play(one);
        world.quieten(true);
        world.runTo(world.world.nowMs + BOUND_MS);
        const { cycles, initiations } = world.left.state.counters;
        world.runTo(world.world.nowMs + STABLE_MS);
        const { counters, name } = world.left.state;
        expect(counters.cycles - cycles).toBeGreaterThanOrEqual(4);
        expect(counters.initiations - initiations).toBeGreaterThanOrEqual(4);
        expect(['responder-mode', 'initiator-mode']).toContain(name);
        expect(world.upAt(0)).toEqual([]);
      }),
      { numRuns: 200 },
    );
  });
});
