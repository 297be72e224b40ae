// Runs a script written in TypeScript: bundles it into node_modules/.cache and imports it from there.
import { parse, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { build } from 'esbuild';

const [script, ...rest] = process.argv.slice(2);
if (script === undefined) throw new Error('usage: node scripts/run-ts.mjs SCRIPT.ts [ARGUMENT ...]');
const outfile = resolve('node_modules/.cache/run-ts', `${parse(script).name}-${process.pid}.mjs`);
await build({
  entryPoints: [script],
  outfile,
  bundle: true,
  packages: 'external',
  platform: 'node',
  format: 'esm',
  target: 'node20',
});
process.argv = [process.argv[0], resolve(script), ...rest];
try {
  await import(pathToFileURL(outfile).href);
} finally {
  const { rm } = await import('node:fs/promises');
  await rm(outfile, { force: true });
}
