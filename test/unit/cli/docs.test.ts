import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { COMMANDS } from '../../../src/cli/commands/table.ts';
import { EXIT } from '../../../src/cli/exit-codes.ts';
import { run } from './terminal.ts';

const DOCUMENT = readFileSync(new URL('../../../docs/cli.md', import.meta.url), 'utf8');

/** The first block of text under a heading. */
function blockUnder(heading: string): string {
  const [, section = ''] = DOCUMENT.split(`\n${heading}\n`);
  return /```text\n(.*?)```/s.exec(section)?.[1] ?? '';
}

describe('docs/cli.md', () => {
  test('has the help of the program', async () => {
    expect(blockUnder('## Commands')).toBe((await run(['--help'])).out);
  });

  test.each(COMMANDS.map(({ name }) => name))('has the help of %s', async (name) => {
    expect(blockUnder(`### afteryou ${name}`)).toBe((await run([name, '--help'])).out);
  });

  test('has a heading for every command and for no other', () => {
    const headings = [...DOCUMENT.matchAll(/^### afteryou (\S+)$/gm)].map(([, name]) => name);
    expect(headings).toEqual(COMMANDS.map(({ name }) => name));
  });

  test.each(['status', 'explain-up'])('shows what the command prints: %s', (name) => {
    const golden = readFileSync(new URL(`golden/${name}.txt`, import.meta.url), 'utf8');
    expect(DOCUMENT).toContain(`\`\`\`text\n${golden}\`\`\``);
  });

  test('has every exit code', () => {
    const codes = [...DOCUMENT.matchAll(/^\| (\d+) \|/gm)].map(([, code]) => Number(code));
    expect(codes).toEqual(Object.values(EXIT));
  });
});
