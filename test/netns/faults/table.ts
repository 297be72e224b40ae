/**
 * The table at the end of `npm run faults`: a reporter of vitest that prints the row of each fault.
 */
import type { Reporter, TestModule } from 'vitest/node';

import type { FaultRow } from './fault.ts';

type Cells = readonly string[];

const HEADS: Cells = [
  'fault',
  'what was done',
  'times',
  'tunnels',
  'lost',
  'duplicates',
  'echoes lost',
  'memory, MiB',
];

export default class FaultTable implements Reporter {
  onTestRunEnd(modules: readonly TestModule[]): void {
    const tests = modules.flatMap(({ children }) => [...children.allTests()]);
    const rows = tests.map((test) => ({
      name: test.name.replace(/^fault-/, ''),
      isRight: test.result().state === 'passed',
      row: test.meta().fault,
    }));
    const widths = HEADS.map((head, column) => {
      return Math.max(head.length, ...rows.map(({ name, row }) => (cells(name, row)[column] ?? '').length));
    });
    const line = (columns: Cells) =>
      columns
        .map((cell, at) => cell.padEnd(widths[at] ?? 0))
        .join('  ')
        .trimEnd();
    console.log(`\n${line(HEADS)}`);
    for (const { name, isRight, row } of rows) {
      console.log(`${line(cells(name, row))}${isRight ? '' : '  FAILED'}`);
      if (row !== undefined) console.log(`    the operator saw: ${row.saw}`);
    }
  }
}

function cells(name: string, row: FaultRow | undefined): Cells {
  if (row === undefined) return [name, 'did not come to its end'];
  const { done, times, tunnels, lost, duplicates, echoes, echoesLost, silentMs, startKib, peakKib } = row;
  return [
    name,
    done,
    String(times),
    String(tunnels),
    String(lost),
    String(duplicates),
    `${echoesLost} of ${echoes}${silentMs === null ? ' (by the fault)' : ''}`,
    `${mib(startKib)}, at most ${mib(peakKib)}`,
  ];
}

function mib(kib: number): string {
  return (kib / 1024).toFixed(0);
}
