/** The end of each worker: does what a contender does, measures it and prints one line of JSON (`Sample`). */
import type { Sample } from './rounds.ts';
import type { Ask } from './vici-contenders.ts';

/** Asks `warmUps` times, so that what is compiled just in time is compiled, then `times` times. Ends the process. */
export async function measure(ask: Ask, warmUps: number, times: number): Promise<never> {
  for (let turn = 0; turn < warmUps; turn++) await ask();
  const cpu = process.cpuUsage();
  const startedMs = performance.now();
  let messages = 0;
  for (let turn = 0; turn < times; turn++) messages += await ask();
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
}
