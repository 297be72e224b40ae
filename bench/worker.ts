/**
 * One contender of one benchmark, alone in its process, so that nobody's garbage is another one's. Prints one line of JSON
 * (`Sample`). Arguments: the benchmark, the contender, the server's socket, how often to ask.
 */

import type { Sample } from './rounds.ts';
import { VICI_CONTENDERS } from './vici-contenders.ts';

const [benchmark = '', contender = '', path = '', timesText = '1'] = process.argv.slice(2);
const prepare = VICI_CONTENDERS[benchmark]?.[contender];
if (prepare === undefined) throw new Error(`no contender "${contender}" in "${benchmark}"`);
const ask = await prepare(path);
// What is compiled just in time is compiled now.
await ask();
const cpu = process.cpuUsage();
const startedMs = performance.now();
let messages = 0;
for (let turn = 0; turn < Number(timesText); turn++) messages += await ask();
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
