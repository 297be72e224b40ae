/**
 * What zod finds wrong, in an operator's words.
 *
 * Knows zod's codes and the keys of our schema, to suggest the one that was meant.
 */
import type * as z from 'zod';
import type { IssueCode } from './issues.ts';
import { didYouMean } from './suggest.ts';

export interface Explained {
  readonly path: readonly string[];
  /** Point at the key at the end of `path`, not at its value. */
  readonly atKey: boolean;
  readonly code: IssueCode;
  readonly message: string;
  readonly remedy: string;
}

type Schema = z.core.$ZodType;

/** The schema of the value itself, without `optional` around it and whatever converts it. */
function unwrap(schema: Schema): Schema {
  const { def } = schema._zod as {
    readonly def: { readonly type: string; readonly innerType?: Schema; readonly in?: Schema };
  };
  const inner = def.type === 'optional' ? def.innerType : def.type === 'pipe' ? def.in : undefined;
  return inner === undefined ? schema : unwrap(inner);
}

interface MapDef {
  readonly type: string;
  readonly shape?: Readonly<Record<string, Schema>>;
  readonly valueType?: Schema;
}

function mapDef(schema: Schema): MapDef {
  return unwrap(schema)._zod.def;
}

/** The keys that the schema has at `path`; none where any name is a key. */
function keysAt(root: Schema, path: readonly string[]): readonly string[] {
  let schema: Schema | undefined = root;
  for (const key of path) {
    const def: MapDef | undefined = schema === undefined ? undefined : mapDef(schema);
    schema = def?.shape === undefined ? def?.valueType : def.shape[key];
  }
  return schema === undefined ? [] : Object.keys(mapDef(schema).shape ?? {});
}

/** Where else in the file a key belongs, as an operator would write the way to it; null if it is no key at all. */
function homeOf(root: Schema, key: string): string | null {
  const visit = (schema: Schema, way: string): string | null => {
    const { shape, valueType } = mapDef(schema);
    if (shape !== undefined && Object.hasOwn(shape, key)) return way;
    const below =
      shape === undefined
        ? valueType === undefined
          ? []
          : ([['NAME', valueType]] as const)
        : Object.entries(shape);
    for (const [name, inner] of below) {
      const found = visit(inner, way === '' ? name : `${way}.${name}`);
      if (found !== null) return found;
    }
    return null;
  };
  return visit(root, '');
}

const SHAPES: ReadonlyMap<string, readonly [string, string]> = new Map([
  ['object', ['a map of keys', 'Write its keys on the lines below, indented, or as { key: value }.']],
  ['record', ['a map of names', 'Write one name per line below, indented, each followed by a colon.']],
  ['array', ['a list', 'Write [one, two] or one "- item" per line.']],
  ['string', ['a single value', 'Write one value behind the colon.']],
]);

function unknownKey(root: Schema, path: readonly string[], key: string): Explained {
  const suggestion = didYouMean(key, keysAt(root, path));
  const home = suggestion === '' ? homeOf(root, key) : null;
  const elsewhere =
    home === null ? '' : home === '' ? 'It belongs at the top of the file. ' : `It belongs under ${home}. `;
  const remedy = `${suggestion}${elsewhere}`.trim();
  return {
    path: [...path, key],
    atKey: true,
    code: 'unknown-key',
    message: `unknown key '${key}'`,
    remedy: remedy === '' ? `Possible here: ${keysAt(root, path).join(', ')}.` : remedy,
  };
}

/** The key that a path ends in, without the number of an item of its list. */
function keyOf(path: readonly string[]): string {
  return path.findLast((part) => !/^\d+$/.test(part)) ?? '';
}

function wrongType(path: readonly string[], expected: string, missing: boolean): Explained {
  const key = keyOf(path);
  if (missing) {
    return {
      path,
      atKey: false,
      code: 'missing-key',
      message: `'${key}' is missing`,
      remedy: `Add \`${key}: ...\` here.`,
    };
  }
  const [shape, remedy] = SHAPES.get(expected) ?? [expected, 'See docs/configuration.md.'];
  return { path, atKey: false, code: 'wrong-type', message: `${key}: ${shape} is wanted here`, remedy };
}

function badName(path: readonly string[]): Explained {
  const name = path.at(-1) ?? '';
  const remedy =
    path.length > 2
      ? 'Write an address, or the name of a swanctl connection: 1..255 characters without blanks.'
      : 'Write 1..32 letters and digits; Cisco allows no other characters in names either.';
  return {
    path,
    atKey: true,
    code: 'bad-name',
    message: `'${name.slice(0, 60)}' can't be a name here`,
    remedy,
  };
}

/** Explains one problem; several unknown keys are one problem of zod's, hence a list. */
export function explain(
  root: Schema,
  issue: z.core.$ZodIssue,
  missing: (path: readonly string[]) => boolean,
): readonly Explained[] {
  const path = issue.path.map(String);
  const key = keyOf(path);
  switch (issue.code) {
    case 'unrecognized_keys':
      return issue.keys.map((unknown) => unknownKey(root, path, unknown));
    case 'invalid_type':
      return [wrongType(path, issue.expected, missing(path))];
    case 'invalid_key':
      return [badName(path)];
    case 'invalid_value': {
      const words = issue.values.map(String);
      if (missing(path))
        return [{ ...wrongType(path, 'string', true), remedy: `Add \`${key}: ${words.join('|')}\` here.` }];
      const given = typeof issue.input === 'string' ? issue.input : null;
      if (given === null && issue.input !== undefined) return [wrongType(path, 'string', false)];
      const remedy = `${given === null ? '' : didYouMean(given, words)}Possible: ${words.join(', ')}.`;
      return [
        {
          path,
          atKey: false,
          code: 'not-one-of',
          message: `'${given ?? key}' is not possible for '${key}'`,
          remedy,
        },
      ];
    }
    case 'custom': {
      const { code, remedy } = (issue.params ?? {}) as {
        readonly code?: IssueCode;
        readonly remedy?: string;
      };
      return [
        {
          path,
          atKey: false,
          code: code ?? 'wrong-type',
          message: `${key}: ${issue.message}`,
          remedy: remedy ?? '',
        },
      ];
    }
    default:
      return [
        {
          path,
          atKey: false,
          code: 'wrong-type',
          message: `${key}: ${issue.message}`,
          remedy: 'See docs/configuration.md.',
        },
      ];
  }
}
