/**
 * The schema of the file as JSON Schema, for editors and for tools that make such files.
 *
 * An editor sees numbers where we see text (`10` and `"10s"`), so every sort of value brings its own form.
 */
import * as z from 'zod';
import { FORM_KEY, type Form } from './scalars.ts';
import { configSchema } from './schema.ts';

/** JSON Schema (draft 2020-12) of a configuration without `laboratory`, for publication. */
export function jsonSchema(): Readonly<Record<string, unknown>> {
  const schema = z.toJSONSchema(configSchema(false), {
    io: 'input',
    override: ({ jsonSchema: node }) => {
      const form = node[FORM_KEY] as Form | undefined;
      if (form === undefined) return;
      for (const key of ['type', 'items', 'const', 'enum', FORM_KEY]) delete node[key];
      Object.assign(node, form);
    },
  });
  return {
    ...schema,
    title: 'afteryou.yaml',
    description: 'Configuration of afteryou, which decides who starts an IPsec tunnel.',
  };
}

/** The same as the text of `docs/afteryou.schema.json`. */
export function jsonSchemaText(): string {
  return `${JSON.stringify(jsonSchema(), null, 2)}\n`;
}
