/** docs/translate.md and the transcript against the translator: what they show is what it does. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { OUTPUT_FILES } from '../../src/translate/output-files.ts';
import {
  FILES_MAX,
  LINE_LENGTH_MAX,
  SOURCE_LENGTH_MAX,
  SOURCE_LINES_MAX,
} from '../../src/translate/source-line.ts';
import { translate } from '../../src/translate/translate.ts';
import { inputsOf } from '../helpers/translated-pairs.ts';

const read = (name: string): string =>
  readFileSync(join(import.meta.dirname, '..', '..', 'docs', name), 'utf8');

describe('docs/from-staros-to-a-tunnel.md', () => {
  const document = read('from-staros-to-a-tunnel.md');
  const [input] = inputsOf('staros-small');
  const text = input?.text ?? '';
  const { files, lines } = translate([{ file: 'secgw.txt', text }]);

  test('has the input, and what comes of it today', () => {
    expect(document).toContain(`\`\`\`text\n${text}\`\`\``);
    for (const name of [OUTPUT_FILES.policy, OUTPUT_FILES.connections])
      expect(document).toContain(`$ cat translated/${name}\n${files.get(name) ?? 'nothing'}\`\`\``);
  });

  test('has the sums, and the lines that were dropped', () => {
    const [sums = ''] = (files.get(OUTPUT_FILES.report) ?? '').split('\n', 1);
    expect(document).toContain(`staros: ${sums}\n`);
    const dropped = lines
      .filter(({ verdict }) => verdict === 'dropped')
      .map(({ line, detail, text: shown }) => `  secgw.txt:${line}: dropped: ${detail}  | ${shown}\n`);
    expect(document).toContain(`$ grep dropped: translated/report.txt\n${dropped.join('')}\`\`\``);
  });
});

describe('docs/translate.md', () => {
  const document = read('translate.md');

  test('has the limits', () => {
    const count = (value: number): string => value.toLocaleString('en-US');
    expect(document).toContain(
      `At most ${FILES_MAX} files, ${SOURCE_LENGTH_MAX / 1024 / 1024} MiB of UTF-8 text, ${count(SOURCE_LINES_MAX)} lines and ${count(LINE_LENGTH_MAX)} characters in a line.`,
    );
  });

  test.each(Object.values(OUTPUT_FILES))('has a row for %s', (name) => {
    expect(document).toContain(`| \`${name}\` |`);
  });
});
