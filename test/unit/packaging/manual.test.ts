/** The manual pages: well formed, and with every command, option and key. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { COMMANDS } from '../../../src/cli/commands/table.ts';
import { treeOf } from '../../../src/cli/completion/tree.ts';
import { EXIT } from '../../../src/cli/exit-codes.ts';
import { createProgram } from '../../../src/cli/program.ts';
import { DURATION_KEYS } from '../../../src/config/keys.ts';
import { run, workplace } from './tools.ts';

const PAGES = ['afteryou.8', 'afteryou.yaml.5'] as const;
/** Bold and underlined characters are written over each other. */
const OVERSTRUCK = new RegExp(`.${String.fromCharCode(8)}`, 'g');
const place = workplace();
/** By name of the page, as a terminal shows it. */
const shown = new Map<string, string>();

beforeAll(async () => {
  const env = { ...process.env, SOURCE_DATE_EPOCH: '1790000000' };
  await run('node', ['scripts/run-ts.mjs', 'scripts/generate-man.ts', place.path], { env });
  for (const page of PAGES) {
    const { out } = await run('mandoc', ['-T', 'ascii', '-O', 'width=200', join(place.path, page)]);
    shown.set(page, out.replaceAll(OVERSTRUCK, ''));
  }
});

afterAll(() => {
  place.remove();
});

test.each(PAGES)('%s is clean for mandoc', async (page) => {
  const { out, err } = await run('mandoc', ['-T', 'lint', join(place.path, page)]);
  // Each page names the other, which need not be installed here.
  const complaints = `${out}${err}`
    .split('\n')
    .filter((line) => line !== '' && !/manual not found|mandoc\.db/.test(line));
  expect(complaints).toEqual([]);
});

test.each(PAGES)('%s has the date that it is given', (page) => {
  expect(shown.get(page)?.trimEnd().split('\n').at(-1)).toContain('September 21, 2026');
});

describe('afteryou(8)', () => {
  const ignore = (): void => {};
  const tree = treeOf(createProgram({ out: ignore, err: ignore }, () => Promise.resolve()));
  const text = () => shown.get('afteryou.8') ?? '';

  test('has every command with its arguments and options', () => {
    const [, commands = ''] = text().split('COMMANDS');
    const sections = commands.split('FILES')[0]?.split(/^ {2,3}(?=\S)/m) ?? [];
    expect(sections.length - 1).toBe(COMMANDS.length);
    for (const { name, arguments: places, options } of tree.commands) {
      const section = sections.find((one) => one.split(/\s/)[0] === name) ?? '';
      for (const { description } of places) expect(section.replaceAll(/\s+/g, ' ')).toContain(description);
      for (const { long } of options.filter((option) => option.long !== '--help'))
        expect(section).toContain(long);
    }
  });

  test('has every exit code', () => {
    const [, codes = ''] = text().split('EXIT STATUS');
    expect([...codes.matchAll(/^ +(\d+) +\S/gm)].map(([, code]) => Number(code))).toEqual(
      Object.values(EXIT),
    );
  });
});

describe('afteryou.yaml(5)', () => {
  const text = () => shown.get('afteryou.yaml.5') ?? '';

  test('has every duration with its range and its default', () => {
    for (const [name, { min, max }] of Object.entries(DURATION_KEYS))
      expect(text()).toContain(`${name}: ${min}..${max}`);
  });

  test('has every key of the schema', () => {
    const schema = readFileSync(new URL('../../../docs/afteryou.schema.json', import.meta.url), 'utf8');
    const keys = new Set<string>();
    JSON.parse(schema, (key, value) => {
      if (key === 'properties') for (const name of Object.keys(value)) keys.add(name);
      return value;
    });
    expect(keys.size).toBeGreaterThan(40);
    expect([...keys].filter((key) => !text().includes(key))).toEqual([]);
  });
});
