/**
 * The benchmarks: `npm run bench [-- --only list-sas,events --rounds 5 --json FILE --client 'govici-list {}']`.
 *
 * Figures are medians of interleaved rounds, and only their ratios mean something on another machine. Nothing here fails
 * because something is slow.
 */
import { mkdir, rm } from 'node:fs/promises';
import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { execa } from 'execa';
import { bundle, writeResults } from './bundle.ts';
import { runInside } from './inside.ts';
import { INSIDE, SIZES } from './inside-benchmarks.ts';
import { machineLine } from './machine.ts';
import type { Result } from './rounds.ts';
import { tableOf } from './table.ts';
import { runVici } from './vici.ts';
import { VICI_CONTENDERS } from './vici-contenders.ts';

const { values } = parseArgs({
  options: {
    only: { type: 'string', default: '' },
    rounds: { type: 'string', default: '5' },
    json: { type: 'string' },
    client: { type: 'string', multiple: true, default: [] },
  },
});

const rounds = Number(values.rounds);
if (!Number.isInteger(rounds) || rounds < 1) throw new Error('--rounds must be a whole number from 1 on');
const folder = resolve('node_modules/.cache', `bench-${process.pid}`);
const wanted = values.only.split(',');
const isWanted = (name: string): boolean => wanted.some((part) => name.includes(part));
const bytesPerPeer: Record<number, number> = {};
const results: Record<string, readonly Result[]> = {};

await mkdir(folder, { recursive: true });
try {
  const entries = ['worker', 'replay-server', 'inside-worker', 'peer-bytes'];
  const files = entries.map((name) => resolve(folder, `${name}.mjs`));
  for (const [index, name] of entries.entries()) await bundle(`bench/${name}.ts`, files[index] ?? '');
  const [worker = '', server = '', inside = '', peerBytes = ''] = files;
  console.log(machineLine());
  for (const name of Object.keys(VICI_CONTENDERS).filter(isWanted)) {
    report(name, await runVici(name, { rounds, worker, server, others: values.client }));
  }
  for (const name of Object.keys(INSIDE).filter(isWanted)) {
    report(name, await runInside(name, { rounds, worker: inside }));
  }
  if (isWanted('bytes')) {
    for (const size of SIZES) {
      const { stdout } = await execa(process.execPath, ['--expose-gc', peerBytes, `${size}`]);
      bytesPerPeer[size] = Number(stdout);
    }
    console.log(`\nbytes of state per peer that is up, by number of peers: ${JSON.stringify(bytesPerPeer)}`);
  }
} finally {
  await rm(folder, { recursive: true, force: true });
}
await writeResults(values.json, { rounds, results, bytesPerPeer });

function report(name: string, taken: readonly Result[]): void {
  results[name] = taken;
  console.log(`\n${name}\n${tableOf(taken)}`);
}
