/**
 * The matrix of crossings and accidents on real charons: `npm run matrix [-- --repeat 20 --only eweww,in-step]`.
 *
 * Prints, for each scenario and pair of strongSwan versions (ours, the peer's), in how many of `repeat` trials with each kind of
 * peer everything was right; see test/netns/matrix/cell.ts for what that means.
 */
import { parseArgs } from 'node:util';

import { messageOf } from '../src/errors.ts';
import { trixieRoot } from '../test/netns/lab/other-root.ts';
import { type CellOutcome, runCell } from '../test/netns/matrix/cell.ts';
import { SCENARIOS } from '../test/netns/matrix/scenarios.ts';
import { PEER_KINDS, type PeerKind } from '../test/netns/matrix/trials.ts';

const FAULTS_SHOWN_MAX = 4;

const { values } = parseArgs({
  options: {
    repeat: { type: 'string', default: '20' },
    only: { type: 'string', default: '' },
    kinds: { type: 'string', default: PEER_KINDS.join(',') },
    versions: { type: 'string', default: '5/5,5/6,6/5,6/6' },
  },
});

const repeat = Number(values.repeat);
const kinds = values.kinds.split(',') as PeerKind[];
const only = values.only.split(',');
const chosen = SCENARIOS.filter(({ name }) => only.some((part) => name.includes(part)));
const versions = values.versions.split(',');
const newer = versions.some((pair) => pair.includes('6')) ? await trixieRoot() : null;
const rootOf = (version: string | undefined) => (version === '6' ? newer : null);

console.log(`${repeat} trials in each field; strongSwan here/there: 5 is this machine's, 6 is Debian 13's`);
console.log(`${'scenario'.padEnd(32)} ver  ${kinds.map((kind) => kind.padEnd(9)).join('')}crossed`);
let wrong = 0;
for (const scenario of chosen) {
  for (const pair of versions) {
    const [ours, theirs] = pair.split('/');
    const roots = { moon: rootOf(ours), sun: rootOf(theirs) };
    const head = `${scenario.name.padEnd(32)} ${pair}`;
    try {
      const { verdicts, evidence } = await runCell({ scenario, kinds, repeat, roots });
      report(head, verdicts, evidence);
    } catch (error) {
      wrong += repeat * kinds.length;
      console.log(`${head}  ${messageOf(error)}`);
    }
  }
}
console.log(wrong === 0 ? 'every trial ended in one tunnel' : `${wrong} trials went wrong`);
process.exitCode = wrong === 0 ? 0 : 1;

function report(head: string, verdicts: CellOutcome['verdicts'], evidence: string | undefined): void {
  const fields = kinds.map((kind) => {
    const ofKind = verdicts.filter((verdict) => verdict.kind === kind);
    const right = ofKind.filter(({ faults }) => faults.length === 0).length;
    return `${right}/${ofKind.length}`.padEnd(9);
  });
  const crossed = verdicts.filter(({ hasCrossed }) => hasCrossed).length;
  console.log(`${head}  ${fields.join('')}${crossed}/${verdicts.length}`);
  const faulty = verdicts.filter(({ faults }) => faults.length > 0);
  wrong += faulty.length;
  for (const { kind, peer, faults } of faulty.slice(0, FAULTS_SHOWN_MAX)) {
    console.log(`  ${peer} (${kind}): ${faults.join('; ')}`);
  }
  if (evidence !== undefined) console.log(`  evidence: ${evidence}`);
}
