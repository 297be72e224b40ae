/** Writes docs/afteryou.schema.json from the schema in src/config; with --check it only compares. */
import { readFileSync, writeFileSync } from 'node:fs';
import { jsonSchemaText } from '../src/config/json-schema.ts';

const file = 'docs/afteryou.schema.json';
const text = jsonSchemaText();

if (process.argv.includes('--check')) {
  if (readFileSync(file, 'utf8') !== text) {
    process.stderr.write(`${file} is not current: run \`npm run generate\`\n`);
    process.exitCode = 1;
  }
} else {
  writeFileSync(file, text);
}
