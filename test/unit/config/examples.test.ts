import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parse as parseYaml } from 'yaml';
import * as z from 'zod';
import { jsonSchema } from '../../../src/config/json-schema.ts';
import type { Config } from '../../../src/config/model.ts';
import { parseConfig } from '../../../src/config/parse.ts';
import { DEFAULT_SETTINGS } from '../../../src/policy/settings.ts';

const directory = join(import.meta.dirname, '..', '..', '..', 'config-examples');
const files = readdirSync(directory).filter((file) => file.endsWith('.yaml'));
const textOf = (file: string) => readFileSync(join(directory, file), 'utf8');
const load = (file: string): Config => parseConfig([{ file, text: textOf(file) }]).config;

/** Each service as `name policy list-size overrides`. */
function digest({ services }: Config): readonly string[] {
  return services.map(
    ({ name, settings, peerList, overrides }) =>
      `${name} ${settings.policy} ${peerList?.length ?? 'any'} ${[...overrides.keys()].join(',')}`,
  );
}

/** Every key that the schema names. */
function keysOf(node: unknown): Set<string> {
  if (typeof node !== 'object' || node === null) return new Set();
  const { properties, additionalProperties } = node as {
    properties?: object;
    additionalProperties?: unknown;
  };
  const below = [...Object.values(properties ?? {}), additionalProperties];
  return new Set([...Object.keys(properties ?? {}), ...below.flatMap((inner) => [...keysOf(inner)])]);
}

describe('config-examples', () => {
  it.each([
    ['costly-line.yaml', ['mobile windowed any lte-depot']],
    ['every-connection.yaml', ['all windowed any ']],
    ['every-key.yaml', ['wsg1 windowed 5 192.0.2.11']],
    ['gateway-as-initiator.yaml', ['wsg1 windowed 3 ']],
    ['remote-access.yaml', ['sites windowed 2 ', 'clients windowed any ']],
    ['responder-only.yaml', ['hub responder-only any branch-behind-nat']],
    ['standby.yaml', ['all windowed any ']],
  ])('%s', (file, services) => {
    const config = load(file);
    expect(digest(config)).toEqual(services);
    expect(config.warnings).toEqual([]);
  });

  it('are all named above and say what they are for', () => {
    expect(files).toHaveLength(7);
    for (const file of files) {
      expect(textOf(file)).toMatch(
        /^# yaml-language-server: \$schema=\.\.\/docs\/afteryou\.schema\.json\n# [A-Z"]/,
      );
    }
  });

  it('fit the JSON Schema as an editor applies it', () => {
    const schema = z.fromJSONSchema(jsonSchema());
    for (const file of files) expect(schema.safeParse(parseYaml(textOf(file))).error, file).toBeUndefined();
  });

  it('every-key.yaml has every key, at its default', () => {
    const config = load('every-key.yaml');
    expect(config.services[0]?.settings).toEqual(DEFAULT_SETTINGS);
    const bare = parseConfig([{ file: 'bare.yaml', text: 'version: 1' }]).config;
    const general = ({ charon, control, state, limits, mode, initial, laboratory }: Config) => [
      { charon, control, state, limits },
      { mode, initial, laboratory },
    ];
    expect(general(config)).toEqual(general(bare));
    const written = new Set([...textOf('every-key.yaml').matchAll(/([a-z-]+):/g)].map((match) => match[1]));
    expect([...keysOf(jsonSchema())].filter((key) => !written.has(key))).toEqual([]);
  });
});
