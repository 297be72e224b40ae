/** Translates config-examples/translate/NAME/*.txt into NAME/output, or only those NAMEs that are given; with --check it only compares. */
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { translate } from '../src/translate/translate.ts';

const ROOT = 'config-examples/translate';
const isCheck = process.argv.includes('--check');
const only = process.argv.slice(2).filter((word) => !word.startsWith('--'));

for (const name of readdirSync(ROOT).sort()) {
  if (only.length > 0 && !only.includes(name)) continue;
  const folder = join(ROOT, name);
  const inputs = readdirSync(folder)
    .filter((file) => file.endsWith('.txt'))
    .sort();
  if (inputs.length === 0) continue;
  const { files } = translate(
    inputs.map((file) => ({ file, text: readFileSync(join(folder, file), 'utf8') })),
  );
  const output = join(folder, 'output');
  if (isCheck) {
    for (const [file, text] of files) {
      const path = join(output, file);
      if (existsSync(path) && readFileSync(path, 'utf8') === text) continue;
      process.stderr.write(`${path} is not current: run \`npm run generate\`\n`);
      process.exitCode = 1;
    }
  } else {
    // What is no longer made must not stay.
    rmSync(output, { recursive: true, force: true });
    mkdirSync(output, { recursive: true });
    for (const [file, text] of files) writeFileSync(join(output, file), text);
  }
}
