/** The Ansible role describes the configuration as it is: every key, and no other. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { argumentSpecsText } from '../../../scripts/ansible/argument-specs.ts';
import { jsonSchema } from '../../../src/config/json-schema.ts';

const ROOT = join(import.meta.dirname, '..', '..', '..');
const read = (file: string): string => readFileSync(join(ROOT, file), 'utf8');
const ROLE = 'ansible/roles/afteryou';
const FILE = `${ROLE}/meta/argument_specs.yml`;

interface Option {
  readonly type: string;
  readonly choices?: readonly unknown[];
  readonly description: readonly string[];
  readonly options?: Readonly<Record<string, Option>>;
}

const { main } = (
  parse(read(FILE)) as { argument_specs: { main: { options: Readonly<Record<string, Option>> } } }
).argument_specs;

test(`${FILE} is current`, () => {
  expect(read(FILE)).toBe(argumentSpecsText(jsonSchema()));
});

test('a key that the schema gets is in it', () => {
  const schema = { properties: { fresh: { type: 'string', enum: ['a', 'b'], description: 'New.' } } };
  expect(argumentSpecsText(schema)).toContain('fresh:');
  expect(argumentSpecsText(schema)).not.toContain('reconcile-interval');
});

test('what the role has defaults for is described, and the other way round', () => {
  const defaults = parse(read(`${ROLE}/defaults/main.yml`)) as object;
  expect(Object.keys(defaults).sort()).toEqual(Object.keys(main.options).sort());
});

describe('each example of a configuration fits', () => {
  const examples = readdirSync(join(ROOT, 'config-examples')).filter((name) => name.endsWith('.yaml'));
  expect(examples).toContain('every-key.yaml');
  test.each(examples)('%s', (name) => {
    expect(misfits(parse(read(`config-examples/${name}`)), main.options['afteryou_config'])).toEqual([]);
  });
});

test('what does not fit is told, as Ansible does', () => {
  const config = main.options['afteryou_config'];
  expect(misfits({ mode: 'activ', charon: { sockett: '/x' }, services: [] }, config)).toEqual([
    '.mode: activ',
    '.charon.sockett: unknown',
    '.services: no dict',
  ]);
});

/** What Ansible's validation looks at: keys, choices, and whether a map is one. */
function misfits(value: unknown, option: Option | undefined, path = ''): string[] {
  if (option === undefined) return [`${path}: unknown`];
  if (option.type === 'dict') {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) return [`${path}: no dict`];
    const { options } = option;
    if (options === undefined) return [];
    return Object.entries(value).flatMap(([key, one]) => misfits(one, options[key], `${path}.${key}`));
  }
  return option.choices === undefined || option.choices.includes(value) ? [] : [`${path}: ${String(value)}`];
}
