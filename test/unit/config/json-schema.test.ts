import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parse as parseYaml } from 'yaml';
import * as z from 'zod';
import { ConfigError } from '../../../src/config/issues.ts';
import { jsonSchema, jsonSchemaText } from '../../../src/config/json-schema.ts';
import { parse } from './helpers.ts';

const schema = z.fromJSONSchema(jsonSchema());
const fits = (text: string) => schema.safeParse(parseYaml(text)).success;
const loads = (text: string) => {
  try {
    parse(text);
    return true;
  } catch (error) {
    if (error instanceof ConfigError) return false;
    throw error;
  }
};

describe('the JSON Schema', () => {
  it('in docs is current: `npm run generate` writes it', () => {
    const file = join(import.meta.dirname, '..', '..', '..', 'docs', 'afteryou.schema.json');
    expect(readFileSync(file, 'utf8')).toBe(jsonSchemaText());
  });

  it('shows no trace of how it is made', () => {
    expect(jsonSchemaText()).not.toContain('x-form');
  });

  it('gives each key a description, and its default where it has one', () => {
    const undescribed: string[] = [];
    const defaults: string[] = [];
    const visit = (node: Readonly<Record<string, unknown>>, path: string): void => {
      const { properties, additionalProperties, description } = node as {
        properties?: Record<string, Record<string, unknown>>;
        additionalProperties?: Record<string, unknown> | boolean;
        description?: string;
      };
      if (path !== '' && !path.endsWith('*') && description === undefined) undescribed.push(path);
      if (node['default'] !== undefined) defaults.push(`${path}=${JSON.stringify(node['default'])}`);
      for (const [key, below] of Object.entries(properties ?? {})) visit(below, `${path}.${key}`);
      if (typeof additionalProperties === 'object') visit(additionalProperties, `${path}.*`);
    };
    visit(jsonSchema(), '');
    expect(undescribed).toEqual([]);
    expect(defaults).toContain('.services.*.settle-hold=20');
    expect(defaults).toContain('.services.*.connections="*"');
    expect(defaults).toContain('.services.*.back-off.max=250');
    expect(defaults).toContain('.limits.max-half-open=500');
    // A peer inherits, so a default there would be a lie.
    expect(defaults.filter((path) => path.includes('.peers.'))).toEqual([]);
  });

  it.each([
    'version: 1',
    'version: "1"',
    'version: 1\nservices: { s: { settle-hold: 20 } }',
    'version: 1\nservices: { s: { settle-hold: 20s } }',
    'version: 1\nservices: { s: { settle-hold: "20" } }',
    'version: 1\nservices: { s: { courtesy: 0.5 } }',
    'version: 1\nservices: { s: { connections: a } }',
    'version: 1\nservices: { s: { connections: [a, b] } }',
    'version: 1\nservices: { s: { enforce: true, policy: responder-only } }',
    'version: 1\nlimits: { max-half-open: 100000 }',
  ])('and the loader take %j', (text) => {
    expect([fits(text), loads(text)]).toEqual([true, true]);
  });

  it.each([
    'services: {}',
    'version: 2',
    'version: 1\nsettle-hold: 20',
    'version: 1\nservices: { s: { settle-hold: 61 } }',
    'version: 1\nservices: { s: { responder-mode-duration: 7.5 } }',
    'version: 1\nservices: { s: { responder-mode-duration: "7.5" } }',
    'version: 1\nservices: { s: { settle-hold: soon } }',
    'version: 1\nservices: { s: { connections: [] } }',
    'version: 1\nservices: { s: { enforce: "on" } }',
    'version: 1\nservices: { s: { policy: responder } }',
    'version: 1\nservices: { s-1: { policy: paused } }',
    'version: 1\nlimits: { max-half-open: 100001 }',
    'version: 1\ncontrol: { socket: run/x }',
  ])('and the loader refuse %j', (text) => {
    expect([fits(text), loads(text)]).toEqual([false, false]);
  });
});
