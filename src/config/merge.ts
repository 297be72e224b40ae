/**
 * Several files as one: the main file first, then those of conf.d in their order.
 *
 * Single values and sections such as `limits` are overridden by later files, key by key. Services and peer
 * lists are added up, and none may come twice: half a service in each of two files is nobody's service.
 */
import type { IssueCollector } from './issues.ts';
import type { MapEntry, MapNode, SourceNode } from './source.ts';

const ADDED_UP: ReadonlySet<string> = new Set(['services', 'peer-lists']);
const WHAT: ReadonlyMap<string, string> = new Map([
  ['services', 'service'],
  ['peer-lists', 'peer list'],
]);

export interface SourceFile {
  readonly file: string;
  /** null: the file holds nothing. */
  readonly root: SourceNode | null;
}

/** Joins the maps of the files; what isn't a map goes to `issues`. Without any map the result is empty. */
export function mergeFiles(files: readonly SourceFile[], issues: IssueCollector): MapNode {
  const entries = new Map<string, MapEntry>();
  for (const { root } of files) {
    if (root === null) continue;
    if (root.kind !== 'map') {
      issues.add(
        root.at,
        [],
        'wrong-type',
        'the file is not a map of keys',
        'Begin it with `version: 1` and `services:`.',
      );
      continue;
    }
    for (const [key, entry] of root.entries) {
      const before = entries.get(key);
      entries.set(key, before === undefined ? entry : mergeEntry(key, before, entry, issues));
    }
  }
  return { kind: 'map', entries, at: { file: files[0]?.file ?? '', line: 1, column: 1 } };
}

function mergeEntry(key: string, before: MapEntry, later: MapEntry, issues: IssueCollector): MapEntry {
  if (before.value.kind !== 'map' || later.value.kind !== 'map') {
    // `services:` with nothing below says nothing, so it takes nothing away.
    return later.value.kind === 'scalar' && later.value.empty ? before : later;
  }
  const entries = new Map(before.value.entries);
  for (const [name, entry] of later.value.entries) {
    const other = entries.get(name);
    if (other !== undefined && ADDED_UP.has(key)) {
      const { file, line } = other.keyAt;
      issues.add(
        entry.keyAt,
        [key, name],
        'duplicate',
        `${WHAT.get(key) ?? key} '${name}' is defined twice; the first is at ${file}:${line}`,
        'Rename or remove one of the two.',
      );
      continue;
    }
    entries.set(name, entry);
  }
  return { keyAt: before.keyAt, value: { kind: 'map', entries, at: before.value.at } };
}
