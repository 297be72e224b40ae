/** Writes afteryou.8 and afteryou.yaml.5 into a directory: `node scripts/run-ts.mjs scripts/generate-man.ts DIRECTORY`. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { treeOf } from '../src/cli/completion/tree.ts';
import { createProgram } from '../src/cli/program.ts';
import { jsonSchema } from '../src/config/json-schema.ts';
import { commandPage } from './man/command-page.ts';
import { configPage } from './man/config-page.ts';

const directory = process.argv[2] ?? 'dist/man';
/** The same sources give the same pages: the date comes from outside (reproducible-builds.org, "SOURCE_DATE_EPOCH"). */
const epoch = process.env['SOURCE_DATE_EPOCH'];
const date = new Date(epoch === undefined ? Date.now() : Number(epoch) * 1000).toLocaleDateString('en-US', {
  year: 'numeric',
  month: 'long',
  day: 'numeric',
  timeZone: 'UTC',
});

const ignore = (): void => {};
const tree = treeOf(createProgram({ out: ignore, err: ignore }, () => Promise.resolve()));
mkdirSync(directory, { recursive: true });
writeFileSync(join(directory, 'afteryou.8'), commandPage(tree, date));
writeFileSync(join(directory, 'afteryou.yaml.5'), configPage(jsonSchema(), date));
