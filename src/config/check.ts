/**
 * The merged file against the schema: what is wrong goes to the collector, what is right comes back.
 *
 * A service that is wrong doesn't hide what is wrong with another: the schema is applied twice, the second
 * time to what is left when the broken parts are taken out.
 */
import { explain } from './explain.ts';
import type { IssueCollector } from './issues.ts';
import { type CheckedConfig, configSchema } from './schema.ts';
import type { MapNode } from './source.ts';
import { entryAt, placeOf, toPlain } from './tree.ts';

export interface Checked {
  readonly values: CheckedConfig;
  readonly laboratory: boolean;
  /** Names of peer lists that exist but are broken: naming one of them is no further mistake. */
  readonly brokenLists: ReadonlySet<string>;
}

type Plain = Record<string, unknown>;

/** Checks every key by itself. */
export function checkSchema(root: MapNode, issues: IssueCollector): Checked {
  const laboratory = isLaboratory(root);
  const schema = configSchema(laboratory);
  const plain = toPlain(root, issues) as Plain;
  const first = schema.safeParse(plain, { reportInput: true });
  const brokenLists = new Set<string>();
  if (first.success) return { values: first.data, laboratory, brokenLists };
  const missing = (path: readonly string[]): boolean => !exists(plain, path);
  // All are explained before any part is taken out: whether a key is missing shows in the whole.
  const explained = first.error.issues.flatMap((found) => explain(schema, found, missing));
  for (const { path, atKey, code, message, remedy } of explained) {
    const at = (atKey ? entryAt(root, path)?.keyAt : undefined) ?? placeOf(root, path);
    // A key without a value has been told of already.
    if (code !== 'missing-key' || entryAt(root, path) === undefined)
      issues.add(at, path, code, message, remedy);
    if (path[0] === 'peer-lists' && path[1] !== undefined) brokenLists.add(path[1]);
    removePart(plain, path);
  }
  plain['version'] = '1';
  const second = schema.safeParse(plain);
  return { values: second.success ? second.data : { version: '1' }, laboratory, brokenLists };
}

/** Read before everything else, because the ranges hang on it. */
function isLaboratory(root: MapNode): boolean {
  const value = entryAt(root, ['laboratory'])?.value;
  return value?.kind === 'scalar' && value.text === 'true';
}

/** Whether something is written at `path`. */
function exists(plain: unknown, path: readonly string[]): boolean {
  let value = plain;
  for (const key of path) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, key)) return false;
    value = (value as Plain)[key];
  }
  return true;
}

/** Takes out the service or list that `path` leads into, or else the top-level key. */
function removePart(plain: Plain, path: readonly string[]): void {
  const [top, name] = path;
  if (top === undefined) return;
  const section = plain[top];
  const byName = top === 'services' || top === 'peer-lists';
  if (byName && name !== undefined && typeof section === 'object' && section !== null) {
    delete (section as Plain)[name];
  } else {
    delete plain[top];
  }
}
