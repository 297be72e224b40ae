/**
 * Proves the main promise on real charons: `npm run crossings [-- --count 50 --delay 20]`.
 *
 * Calls of both ends are made to cross many times, against plain strongSwan with each `unique` policy and
 * against a second afteryou, started in two ways; see test/netns/crossings/crossing-trial.ts for what must hold.
 */
import { parseArgs } from 'node:util';
import { faultLines, REPORT_HEAD, reportRow } from '../test/netns/crossings/crossing-report.ts';
import { type PeerKind, runCrossings, type Trigger } from '../test/netns/crossings/crossing-trial.ts';
import { Lab } from '../test/netns/lab/lab.ts';

const { values } = parseArgs({
  options: {
    count: { type: 'string', default: '50' },
    delay: { type: 'string', default: '20' },
    hold: { type: 'string', default: '20' },
    dpd: { type: 'string', default: '10' },
    stay: { type: 'string', default: '15' },
    kinds: { type: 'string', default: 'never,no,replace,afteryou' },
    triggers: { type: 'string', default: 'same-instant,on-own' },
  },
});

const count = Number(values.count);
const delayMs = Number(values.delay);
console.log(
  `${count} crossings each, ${delayMs} ms one way, settle-hold ${values.hold} s, dpd_delay ${values.dpd} s`,
);
console.log(REPORT_HEAD);
let wrong = 0;
for (const kind of values.kinds.split(',') as PeerKind[]) {
  for (const trigger of values.triggers.split(',') as Trigger[]) {
    const options = {
      kind,
      trigger,
      settleHoldSeconds: Number(values.hold),
      dpdDelaySeconds: Number(values.dpd),
      staySeconds: Number(values.stay),
      withPings: true,
    };
    const lab = await Lab.create({
      title: `crossings-${kind}-${trigger}`,
      relay: { delayMs },
      manyPeers: count,
    });
    let hasFailed = true;
    try {
      const outcomes = await runCrossings(lab, options);
      console.log(reportRow(options, outcomes));
      const faults = faultLines(outcomes);
      for (const line of faults) console.log(line);
      wrong += faults.length;
      hasFailed = faults.length > 0;
    } finally {
      const evidence = await lab.close({ hasFailed });
      if (evidence !== undefined) console.log(`  evidence: ${evidence}`);
    }
  }
}
console.log(wrong === 0 ? 'every crossing ended in one tunnel' : `${wrong} crossings went wrong`);
process.exitCode = wrong === 0 ? 0 : 1;
