/**
 * Leaves secrets out of a bug report, wherever an operator may have put them.
 *
 * afteryou's configuration has no place for secrets, and VICI doesn't list any; but files are edited by people. So of a
 * configuration only what the schema knows is told, comments and unknown keys aren't; and a value under a name that sounds
 * secret is left out wherever it is met.
 */

const SOUNDS_SECRET = /secret|psk|pass|pin$|private|credential|token|shared|auth-?key/i;

/** Keys in the PEM form, and secrets as swanctl.conf writes them (`0s` base64, `0x` hex). */
const LOOKS_SECRET = /-----BEGIN|^0[sx][A-Za-z0-9+/=]{16,}$/;

export const LEFT_OUT = '(left out)';

/** A node of a JSON Schema, as far as this needs it. */
interface SchemaNode {
  readonly properties?: Readonly<Record<string, SchemaNode>>;
  readonly additionalProperties?: SchemaNode | boolean;
}

/** The value under `name` as it may be told. */
export function withoutSecret(name: string, value: string): string {
  return SOUNDS_SECRET.test(name) || LOOKS_SECRET.test(value) ? LEFT_OUT : value;
}

/** Plain data with only the keys that `schema` has; the values of others are left out. */
export function knownOnly(value: unknown, schema: unknown, name = ''): unknown {
  const node = (typeof schema === 'object' && schema !== null ? schema : {}) as SchemaNode;
  if (typeof value === 'string') return withoutSecret(name, value);
  if (Array.isArray(value)) return value.map((item) => knownOnly(item, {}, name));
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).map(([key, inner]) => {
    const below = node.properties?.[key] ?? node.additionalProperties;
    return [key, typeof below === 'object' ? knownOnly(inner, below, key) : LEFT_OUT] as const;
  });
  return Object.fromEntries(entries);
}
