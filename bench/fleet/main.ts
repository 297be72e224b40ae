/**
 * The daemon with up to 100,000 peers: `npm run bench:fleet [-- --sizes 1000,10000,100000 --rounds 3 --json FILE]`.
 *
 * Each size in a process of its own, in turns, with and without its state file. What counts is how figures grow with the
 * number of peers: `grows` is the exponent between the smallest and the largest size, 1 is linear, 0 not at all.
 */
import { rm } from 'node:fs/promises';
import { loadavg } from 'node:os';
import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { execa } from 'execa';
import { bundle, writeResults } from '../bundle.ts';
import { machineLine } from '../machine.ts';
import { median } from '../rounds.ts';

type Figures = Record<string, number>;

const { values } = parseArgs({
  options: {
    sizes: { type: 'string', default: '1000,10000,100000' },
    rounds: { type: 'string', default: '3' },
    only: { type: 'string', default: 'state,no-state' },
    json: { type: 'string' },
  },
});
const sizes = values.sizes.split(',').map(Number);
const rounds = Number(values.rounds);
if (![...sizes, rounds].every((value) => Number.isInteger(value) && value > 0)) {
  throw new RangeError('--sizes and --rounds take whole numbers from 1 on');
}
const worker = resolve('node_modules/.cache', `fleet-worker-${process.pid}.mjs`);
const samples = new Map<string, Figures[]>();

try {
  await bundle('bench/fleet/worker.ts', worker);
  console.log(machineLine());
  for (let round = 0; round < rounds; round++) {
    for (const size of sizes) {
      for (const way of values.only.split(',')) {
        const { stdout } = await execa(process.execPath, ['--expose-gc', worker, `${size}`, way], {
          timeout: 600_000,
        });
        const taken = samples.get(`${way} ${size}`) ?? [];
        samples.set(`${way} ${size}`, [...taken, JSON.parse(stdout) as Figures]);
      }
    }
  }
} finally {
  await rm(worker, { force: true });
}
const load = loadavg()[0];
const results = Object.fromEntries([...samples].map(([name, taken]) => [name, medians(taken)]));
for (const way of values.only.split(',')) print(way);
await writeResults(values.json, { rounds, load, results });

function medians(taken: readonly Figures[]): Figures {
  const names = [...new Set(taken.flatMap((figures) => Object.keys(figures)))];
  return Object.fromEntries(
    names.map((name) => [name, median(taken.map((figures) => figures[name] ?? Number.NaN))]),
  );
}

function print(way: string): void {
  console.log(
    `\n${way}${''.padEnd(26 - way.length)}${sizes.map((size) => `${size}`.padStart(12)).join('')}       grows`,
  );
  for (const name of Object.keys(results[`${way} ${sizes[0]}`] ?? {})) {
    const row = sizes.map((size) => results[`${way} ${size}`]?.[name] ?? Number.NaN);
    const [first = Number.NaN] = row;
    const last = row.at(-1) ?? Number.NaN;
    const grows = Math.log(last / first) / Math.log((sizes.at(-1) ?? 1) / (sizes[0] ?? 1));
    console.log(
      `${name.padEnd(26)}${[...row, grows].map((value) => value.toFixed(2).padStart(12)).join('')}`,
    );
  }
}
