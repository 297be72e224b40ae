/** Crossings as a table: one row per kind of peer and trigger, and a line for each fault. */
import type { CrossingOptions, CrossingOutcome } from './crossing-trial.ts';

export const REPORT_HEAD =
  'peer       trigger        crossings  one tunnel  right   pings   lost (coming up)  settled after s (min median max)';

/** One row. A crossing counts as right only if nothing at all is wrong with it. */
export function reportRow({ kind, trigger }: CrossingOptions, outcomes: readonly CrossingOutcome[]): string {
  const total = outcomes.length;
  const crossed = outcomes.filter(({ hasCrossed }) => hasCrossed).length;
  const settled = outcomes.flatMap(({ settledAfterMs }) => (settledAfterMs === null ? [] : [settledAfterMs]));
  const right = outcomes.filter(({ faults }) => faults.length === 0).length;
  const sent = outcomes.reduce((sum, { pingsSent }) => sum + pingsSent, 0);
  const lost = outcomes.reduce((sum, { pingsLost }) => sum + pingsLost, 0);
  const comingUp = outcomes.reduce((sum, { pingsLostComingUp }) => sum + pingsLostComingUp, 0);
  const sorted = settled.toSorted((left, right) => left - right);
  const times = [sorted[0], sorted[sorted.length >> 1], sorted.at(-1)].map((ms) =>
    ms === undefined ? '-' : (ms / 1000).toFixed(1),
  );
  return [
    kind.padEnd(10),
    trigger.padEnd(14),
    `${crossed}/${total}`.padEnd(10),
    `${settled.length}/${total}`.padEnd(11),
    `${right}/${total}`.padEnd(7),
    String(sent).padEnd(7),
    `${lost} (${comingUp})`.padEnd(17),
    times.join(' '),
  ].join(' ');
}

export function faultLines(outcomes: readonly CrossingOutcome[]): string[] {
  return outcomes
    .filter(({ faults }) => faults.length > 0)
    .map(({ peer, faults }) => `  ${peer}: ${faults.join('; ')}`);
}
