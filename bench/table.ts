/** Results as a table: what each costs, and how many times cheaper it is than the baseline. */
import type { Result } from './rounds.ts';

export function tableOf(results: readonly Result[]): string {
  const baseline = results.find(({ contender }) => contender === 'plain decoder') ?? results[0];
  const head = ['', 'CPU us each', 'baseline / this', 'wall us each', 'peak RSS MiB'];
  const rows = results.map(({ contender, cpuMicrosEach, wallMicrosEach, peakRssMiB }) => [
    contender,
    cpuMicrosEach.toFixed(3),
    ((baseline?.cpuMicrosEach ?? Number.NaN) / cpuMicrosEach).toFixed(2),
    wallMicrosEach.toFixed(3),
    peakRssMiB === 0 ? '-' : peakRssMiB.toFixed(1),
  ]);
  const widths = head.map((_, column) =>
    Math.max(...[head, ...rows].map((row) => (row[column] ?? '').length)),
  );
  return [head, ...rows]
    .map((row) =>
      row
        .map((cell, column) =>
          column === 0 ? cell.padEnd(widths[column] ?? 0) : cell.padStart(widths[column] ?? 0),
        )
        .join('  '),
    )
    .join('\n');
}
