/** Crypto maps of IOS and ASA alike: their entries in the order in which they count, those of a dynamic map where it stands. */
import type { Reading } from '../reader.ts';
import type { Assembly } from './assemble.ts';
import type { Fact } from './commands.ts';
import { inOrder } from './gathering.ts';

/** By name of the map and number of the entry. */
type Maps<Entry> = ReadonlyMap<string, ReadonlyMap<number, Entry>>;

interface MapEntry extends Fact {
  readonly sequence: number;
  readonly dynamicMap: string | null;
}

interface MapsWork<Entry> {
  readonly facts: { readonly maps: Maps<Entry>; readonly dynamicMaps: Maps<Entry> };
  readonly assembly: Assembly;
  readonly reading: Reading;
}

/** @param plan is called for each entry, with the one that a dynamic entry stands in; null for a static one */
export function planEntries<Entry extends MapEntry>(
  { facts, assembly, reading }: MapsWork<Entry>,
  plan: (map: string, entry: Entry, around: Entry | null) => void,
): void {
  for (const [map, entries] of facts.maps) {
    for (const entry of inOrder(entries)) {
      if (assembly.isFull) return;
      if (entry.dynamicMap === null) {
        plan(map, entry, null);
        continue;
      }
      const dynamic = facts.dynamicMaps.get(entry.dynamicMap);
      if (dynamic === undefined)
        reading.report.notUnderstood(entry.at, `there is no crypto dynamic-map ${entry.dynamicMap}`);
      else for (const inner of inOrder(dynamic)) plan(map, inner, entry);
    }
  }
}
