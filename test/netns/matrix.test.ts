/**
 * A slice of the matrix in every test run, one trial with each of two kinds of peers; `npm run matrix` makes all of it.
 *
 * The scenarios mostly wait, so they run side by side.
 */
import { expect, test } from 'vitest';

import { trixieRoot } from './lab/other-root.ts';
import { runCell } from './matrix/cell.ts';
import { SCENARIOS } from './matrix/scenarios.ts';

const SLICE = [
  { name: 'eweww-here', isNewer: false },
  { name: 'wewew-there', isNewer: true },
  { name: 'wwewe-here', isNewer: true },
  { name: 'in-step-peer-deletes-ours', isNewer: false },
  { name: 'in-step-peer-deletes-its-child', isNewer: false },
  { name: 'in-step-peer-rekeys-ours', isNewer: true },
  { name: 'in-step-each-deletes-its-own', isNewer: false },
  { name: 'peer-restarts-at-auth', isNewer: false },
];

for (const { name, isNewer } of SLICE) {
  test.concurrent(`matrix-${name}`, { timeout: 180_000 }, async () => {
    const scenario = SCENARIOS.find((one) => one.name === name);
    if (scenario === undefined) throw new Error(`no scenario ${name}`);
    const { verdicts, evidence } = await runCell({
      scenario,
      kinds: ['never', 'afteryou'],
      repeat: 1,
      roots: { moon: null, sun: isNewer ? await trixieRoot() : null },
    });
    const faulty = verdicts.filter(({ faults }) => faults.length > 0);
    expect(faulty, `${scenario.description} Evidence: ${evidence ?? 'none'}`).toEqual([]);
  });
}
