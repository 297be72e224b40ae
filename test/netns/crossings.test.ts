/**
 * Some crossings of each kind in every test run; `npm run crossings` makes as many as you like.
 */
import { expect } from 'vitest';
import { type PeerKind, runCrossings, type Trigger } from './crossings/crossing-trial.ts';
import { scenario } from './lab/scenario.ts';

const COUNT = 6;

for (const kind of ['never', 'replace', 'afteryou'] as PeerKind[]) {
  for (const trigger of ['same-instant', 'on-own'] as Trigger[]) {
    scenario(
      `crossing-${kind}-${trigger}`,
      `Both ends call (${trigger}); peer: ${kind === 'afteryou' ? 'another afteryou' : `plain strongSwan, unique = ${kind}`}. One tunnel at both ends, no ping lost.`,
      async (lab) => {
        const outcomes = await runCrossings(lab, {
          kind,
          trigger,
          // A `replace` peer deletes its own IKE_SA 10 s after a crossing, so the hold must be longer there.
          settleHoldSeconds: kind === 'replace' ? 14 : 3,
          dpdDelaySeconds: 3,
          staySeconds: 2,
          withPings: true,
        });
        expect(outcomes.filter(({ faults }) => faults.length > 0)).toEqual([]);
        expect(outcomes.filter(({ hasCrossed }) => hasCrossed).length).toBeGreaterThan(COUNT / 2);
      },
      { relay: { delayMs: 20 }, manyPeers: COUNT },
    );
  }
}
