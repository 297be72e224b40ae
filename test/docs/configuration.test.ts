import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { jsonSchema } from '../../src/config/json-schema.ts';
import { DURATION_KEYS, type DurationName, defaultSeconds } from '../../src/config/keys.ts';
import { parseConfig } from '../../src/config/parse.ts';

const document = readFileSync(join(import.meta.dirname, '..', '..', 'docs', 'configuration.md'), 'utf8');
const blocks = [...document.matchAll(/^```yaml\n(.*?)^```$/gms)].map((match) => match[1] ?? '');
const rows = document.split('\n').filter((line) => line.startsWith('| `'));

/** Every key of the schema that holds a value, without the names of services, lists and peers. */
function keysOf(node: unknown, path: readonly string[] = []): readonly (readonly string[])[] {
  if (typeof node !== 'object' || node === null) return [];
  const { properties, additionalProperties } = node as Readonly<Record<string, unknown>>;
  if (typeof additionalProperties === 'object') return keysOf(additionalProperties, path);
  if (typeof properties !== 'object' || properties === null) return [path];
  return Object.entries(properties).flatMap(([key, below]) => keysOf(below, [...path, key]));
}

describe('docs/configuration.md', () => {
  it.each(blocks.map((text, index) => [index + 1, text] as const))(
    'YAML block %i is a configuration and, if it has services, without warnings',
    (_, text) => {
      expect(
        parseConfig([{ file: 'configuration.md', text }]).config.warnings.filter(
          ({ code }) => code !== 'unused',
        ),
      ).toEqual([]);
    },
  );

  it('has a row for every key', () => {
    const documented = new Set(rows.map((row) => /^\| `([a-z.-]+)` \|/.exec(row)?.[1]));
    const missing = keysOf(jsonSchema()).filter(
      (path) => !documented.has(path.at(-1)) && !documented.has(path.slice(-2).join('.')),
    );
    expect(missing).toEqual([]);
    expect(blocks.length).toBeGreaterThanOrEqual(4);
  });

  it.each(Object.keys(DURATION_KEYS) as DurationName[])('has the range and the default of %s', (name) => {
    const { min, max } = DURATION_KEYS[name];
    expect(
      rows.some((row) => row.startsWith(`| \`${name}\` | ${min}..${max} s | ${defaultSeconds(name)} |`)),
    ).toBe(true);
  });

  it('has the defaults of the other keys', () => {
    const properties = (node: unknown) =>
      (node as { properties: Record<string, { default?: string | number | boolean; properties?: unknown }> })
        .properties;
    for (const [section, below] of Object.entries(properties(jsonSchema()))) {
      for (const [key, value] of Object.entries(
        below.properties === undefined ? { '': below } : properties(below),
      )) {
        if (value.default === undefined) continue;
        const name = key === '' ? section : `${section}.${key}`;
        const row = rows.find((line) => line.startsWith(`| \`${name}\` |`)) ?? '';
        expect(row.split(' | ')[2]?.replaceAll('`', ''), name).toBe(String(value.default));
      }
    }
  });
});
