/**
 * From the tree of a file to plain values, and from a path back to its place.
 *
 * Knows the few places where nothing at all may be written (`services: all:` is a service with defaults) and
 * where one value may stand for a list.
 */
import type { IssueCollector, Place } from './issues.ts';
import type { MapEntry, MapNode, SourceNode } from './source.ts';

/** Paths whose value is a map that may be left empty; `*` is any key. */
const EMPTY_MAPS: readonly (readonly string[])[] = [
  ['charon'],
  ['control'],
  ['state'],
  ['limits'],
  ['log'],
  ['peer-lists'],
  ['services'],
  ['services', '*'],
  ['services', '*', 'back-off'],
  ['services', '*', 'peers'],
  ['services', '*', 'peers', '*'],
  ['services', '*', 'peers', '*', 'back-off'],
];

/** Paths where a single value is short for a list of one. */
const LIST_OF_ONE: readonly (readonly string[])[] = [['services', '*', 'connections']];

function fits(patterns: readonly (readonly string[])[], path: readonly string[]): boolean {
  return patterns.some(
    (pattern) =>
      pattern.length === path.length && pattern.every((part, index) => part === '*' || part === path[index]),
  );
}

/** The tree as strings, arrays and objects without prototype. A key without a value becomes an issue and is left out. */
export function toPlain(node: SourceNode, issues: IssueCollector, path: readonly string[] = []): unknown {
  switch (node.kind) {
    case 'scalar':
      return fits(LIST_OF_ONE, path) ? [node.text] : node.text;
    case 'list':
      return node.items.map((item, index) => toPlain(item, issues, [...path, String(index)]));
    case 'map': {
      const plain = Object.create(null) as Record<string, unknown>;
      for (const [key, { value, keyAt }] of node.entries) {
        const below = [...path, key];
        if (value.kind !== 'scalar' || !value.empty) {
          plain[key] = toPlain(value, issues, below);
        } else if (fits(EMPTY_MAPS, below)) {
          plain[key] = Object.create(null) as Record<string, unknown>;
        } else {
          issues.add(
            keyAt,
            below,
            'missing-key',
            `'${key}' has no value`,
            'Give it one, or remove the line.',
          );
        }
      }
      return plain;
    }
    default:
      return node satisfies never;
  }
}

/** The entry of a map at `path`, or undefined. */
export function entryAt(root: MapNode, path: readonly string[]): MapEntry | undefined {
  let node: SourceNode = root;
  let entry: MapEntry | undefined;
  for (const key of path) {
    if (node.kind !== 'map') return undefined;
    entry = node.entries.get(key);
    if (entry === undefined) return undefined;
    node = entry.value;
  }
  return entry;
}

/** The keys of the map at `path` in the order of the files; an object would put 10 before abc. */
export function keysInOrder(root: MapNode, path: readonly string[]): readonly string[] {
  const value = entryAt(root, path)?.value;
  return value?.kind === 'map' ? [...value.entries.keys()] : [];
}

/** Where the value at `path` begins; of the nearest value above it when it isn't there. */
export function placeOf(root: MapNode, path: readonly string[]): Place {
  let node: SourceNode = root;
  for (const key of path) {
    const below: SourceNode | undefined =
      node.kind === 'map'
        ? node.entries.get(key)?.value
        : node.kind === 'list'
          ? node.items[Number(key)]
          : undefined;
    if (below === undefined) break;
    node = below;
  }
  return node.at;
}

/** Where each single value and list was set, by dotted path. */
export function originsOf(root: MapNode): Map<string, Place> {
  const origins = new Map<string, Place>();
  const visit = (node: MapNode, path: string): void => {
    for (const [key, { value, keyAt }] of node.entries) {
      const below = path === '' ? key : `${path}.${key}`;
      if (value.kind === 'map') visit(value, below);
      else origins.set(below, keyAt);
    }
  };
  visit(root, '');
  return origins;
}
