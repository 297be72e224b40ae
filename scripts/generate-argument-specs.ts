/** Writes the argument_specs of the Ansible role from the schema in src/config; with --check it only compares. */
import { readFileSync, writeFileSync } from 'node:fs';
import { jsonSchema } from '../src/config/json-schema.ts';
import { argumentSpecsText } from './ansible/argument-specs.ts';

const file = 'ansible/roles/afteryou/meta/argument_specs.yml';
const text = argumentSpecsText(jsonSchema());

if (process.argv.includes('--check')) {
  if (readFileSync(file, 'utf8') !== text) {
    process.stderr.write(`${file} is not current: run \`npm run generate\`\n`);
    process.exitCode = 1;
  }
} else {
  writeFileSync(file, text);
}
