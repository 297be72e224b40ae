/** What the benchmarks' main programs share: a worker needs a file that Node can run, results one that can be compared. */
import { writeFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { build } from 'esbuild';
import { machineLine } from './machine.ts';

/** Bundles a source file, such as `bench/worker.ts`, into one file. */
export async function bundle(source: string, outfile: string): Promise<void> {
  await build({
    entryPoints: [resolve(source)],
    outfile,
    bundle: true,
    packages: 'external',
    platform: 'node',
    format: 'esm',
    target: 'node20',
  });
}

/** Writes what was measured, and on what machine; nothing without a `file`. */
export async function writeResults(file: string | undefined, results: object): Promise<void> {
  if (file === undefined) return;
  await writeFile(file, `${JSON.stringify({ schema: 1, machine: machineLine(), ...results }, null, 2)}\n`);
}
