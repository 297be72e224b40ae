/**
 * Copies of the policy with a bug planted, made when a test asks for them: some text of some modules is replaced while
 * they are bundled. The product's own code has no switch for it.
 */

import { readFile, rm } from 'node:fs/promises';
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { build, type Plugin } from 'esbuild';
import { brokenInvariants } from '../../src/policy/invariants.ts';
import type { Policy } from './end.ts';

/** In `file`, a path in src/policy, `text` becomes `by`. */
export interface Change {
  readonly file: string;
  readonly text: string;
  readonly by: string;
}

/** @throws Error if a text isn't there, or more than once: then the bug is planted no more */
export async function planted(name: string, changes: readonly Change[]): Promise<Policy> {
  const outfile = resolve(`node_modules/.cache/planted/${name.replaceAll(/\W+/g, '-')}-${process.pid}.mjs`);
  await build({
    entryPoints: [resolve('src/policy/step.ts')],
    outfile,
    bundle: true,
    format: 'esm',
    target: 'node20',
    logLevel: 'silent',
    plugins: [replacing(changes)],
  });
  try {
    const { step } = (await import(pathToFileURL(outfile).href)) as Pick<Policy, 'step'>;
    return { step, brokenInvariants };
  } finally {
    await rm(outfile, { force: true });
  }
}

function replacing(changes: readonly Change[]): Plugin {
  return {
    name: 'planted',
    setup(build) {
      build.onLoad({ filter: /src\/policy\/.*\.ts$/ }, async ({ path }) => {
        let contents = await readFile(path, 'utf8');
        for (const { file, text, by } of changes) {
          if (!path.endsWith(`src/policy/${file}`)) continue;
          if (contents.split(text).length !== 2) throw new Error(`not exactly once in ${file}: ${text}`);
          contents = contents.replace(text, () => by);
        }
        return { contents, loader: 'ts' };
      });
    },
  };
}
