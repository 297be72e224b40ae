/**
 * R6 and R7 over every interleaving of two ends that call at once: exactly one IKE_SA is left at both ends, and
 * from the first tunnel on there is never a moment without one.
 */

import { describe, expect, it } from 'vitest';
import { explore, type Plan } from './exploration.ts';

const TRAITS = {
  probeMs: 5_000,
  probesMax: 1,
  retransmitMs: 4_000,
  triesMax: 5,
  spiPrefix: ['a', 'b'],
} as const;

const ALL = { traits: TRAITS, lagMs: 0, lags: 0, losses: 0, areAnswersLost: true, isPrompt: false };
const PROMPT = { ...ALL, isPrompt: true };
const late = { ...TRAITS, probeMs: 21_000 };
const never = { ...TRAITS, probeMs: 50_000 };

const PLANS: Readonly<Record<string, Plan>> = {
  'all orders, proof within the hold': ALL,
  'all orders, proof after the hold': { ...ALL, traits: late },
  'two delays of 300 ms, proof within the hold': { ...PROMPT, lagMs: 300, lags: 2 },
  'two delays of 300 ms, proof after the hold': { ...PROMPT, lagMs: 300, lags: 2, traits: late },
  'a delay of 2.5 s': { ...PROMPT, lagMs: 2_500, lags: 1 },
  'one loss': { ...PROMPT, losses: 1 },
  'two requests lost': { ...PROMPT, losses: 2, areAnswersLost: false },
  'two requests lost, no dead peer detection': { ...PROMPT, losses: 2, areAnswersLost: false, traits: never },
};

describe('both ends call at once', () => {
  it.each(Object.entries(PLANS))('%s', (name, plan) => {
    const findings = explore(plan, 400_000);
    process.stdout.write(`${name}: ${JSON.stringify(findings)}\n`);
    expect(findings.states).toBeGreaterThan(500);
    expect(findings.collisions).toBeGreaterThan(0);
  });
});
