/** Runs the benchmarks of single parts, each contender in a process of its own. */
import { execa } from 'execa';
import { INSIDE } from './inside-benchmarks.ts';
import { inRounds, type Result, type Sample } from './rounds.ts';

export function runInside(
  benchmark: string,
  { rounds, worker }: { readonly rounds: number; readonly worker: string },
): Promise<Result[]> {
  const contenders = Object.keys(INSIDE[benchmark] ?? {}).map((name) => ({
    name,
    run: async () => {
      const commandLine = [worker, benchmark, name];
      const { stdout } = await execa(process.execPath, commandLine, { timeout: 300_000 });
      return JSON.parse(stdout) as Sample;
    },
  }));
  return inRounds(rounds, contenders);
}
