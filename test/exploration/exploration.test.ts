/**
 * Every run of two ends that call at once, within the bounds of each plan: exactly one IKE_SA is left at both ends
 * in time, and from the first tunnel on there is never a moment without one.
 */

import { describe, expect, it } from 'vitest';
import { explore } from './explore.ts';
import { PLANS } from './plans.ts';
import { PRODUCT } from './policies.ts';

const STATES_MAX = 150_000;
const QUICK = PLANS.filter(({ isDeep }) => !isDeep);

describe('exploration', () => {
  it.each(QUICK)('$name', ({ plan }) => {
    const found = explore(plan, PRODUCT, STATES_MAX);
    expect(found.violation).toBeNull();
    // A plan that is cut short by a mistake of the model would prove nothing.
    expect(found.states).toBeGreaterThan(250);
    expect(found.runs).toBeGreaterThan(4_000);
    expect(Object.keys(found.outcomes).some((outcome) => outcome.endsWith('after a collision'))).toBe(true);
  });

  it('stops at the bound of states', () => {
    const [first] = QUICK;
    expect(first).toBeDefined();
    const plan = first?.plan ?? PLANS[0]?.plan;
    if (!plan) throw new Error('no plan');
    const { states } = explore(plan, PRODUCT, STATES_MAX);
    expect(explore(plan, PRODUCT, states).violation).toBeNull();
    expect(() => explore(plan, PRODUCT, states - 1)).toThrow(`more than ${states - 1} states`);
  });
});
