/** One contender of one benchmark without charon, alone in its process; see worker.ts. */
import { INSIDE } from './inside-benchmarks.ts';
import type { Sample } from './rounds.ts';

const [benchmark = '', contender = ''] = process.argv.slice(2);
const prepare = INSIDE[benchmark]?.[contender];
if (prepare === undefined) throw new Error(`no contender "${contender}" in "${benchmark}"`);
const ask = await prepare();
await ask();
const cpu = process.cpuUsage();
const startedMs = performance.now();
const messages = await ask();
const wallMs = performance.now() - startedMs;
const { user, system } = process.cpuUsage(cpu);
const sample: Sample = {
  messages,
  cpuMs: (user + system) / 1_000,
  wallMs,
  peakRssKiB: process.resourceUsage().maxRSS,
};
console.log(JSON.stringify(sample));
process.exit(0);
