/**
 * Explores every run of two ends, plan by plan, and prints a table of what was covered.
 *
 *     npm run explore                  all plans
 *     npm run explore -- quick         those that the tests run, too
 *     npm run explore -- 'two losses'  those with these words in their names
 *
 * A violation is printed with the shortest run that leads to it. Exit status 1 if there is any.
 */

import { BUGS } from '../test/exploration/bugs.ts';
import { explore, shortest } from '../test/exploration/explore.ts';
import { PLANS } from '../test/exploration/plans.ts';
import { PRODUCT } from '../test/exploration/policies.ts';

const STATES_MAX = 8_000_000;

const words = process.argv.slice(2).join(' ');
// Where a planted bug is found, there must be nothing to find without it.
const withoutBug = BUGS.map(({ name, plan }) => ({ name: `not planted: ${name}`, plan, isDeep: true }));
const chosen = [...PLANS, ...withoutBug].filter(({ name, isDeep }) =>
  words === 'quick' ? !isDeep : name.includes(words),
);
let isBroken = chosen.length === 0;
process.stdout.write(
  '| plan | states | transitions | runs | steps | settled after | time |\n|---|---|---|---|---|---|---|\n',
);
const begunMs = performance.now();
for (const { name, plan } of chosen) {
  const startMs = performance.now();
  const found = explore(plan, PRODUCT, STATES_MAX);
  const seconds = ((performance.now() - startMs) / 1000).toFixed(1);
  const runs = found.runs < 1e6 ? String(found.runs) : found.runs.toExponential(1);
  const settled = `${(found.settledAfterMs / 1000).toFixed(1)} s`;
  const cells = [name, found.states, found.transitions, runs, found.depth, settled, `${seconds} s`];
  process.stdout.write(`| ${cells.join(' | ')} |\n`);
  if (!found.violation) continue;
  isBroken = true;
  const { what, path } = shortest(plan, PRODUCT, STATES_MAX) ?? found.violation;
  process.stdout.write(`\nVIOLATION: ${what}\n  ${path.join('\n  ')}\n\n`);
}
process.stdout.write(`${chosen.length} plans, ${Math.round((performance.now() - begunMs) / 1000)} s\n`);
process.exitCode = isBroken ? 1 : 0;
