/** Access lists and object groups of IOS, numbered and named, with wildcard masks. */
import type { AccessList } from '../cisco/access-list.ts';
import { checked, command, type Forms, newFact } from '../cisco/commands.ts';
import {
  hostNetwork,
  maskNetwork,
  type Network,
  prefixNetwork,
  rangeNetworks,
  wildcardNetworks,
} from '../cisco/networks.ts';
import { groupNetworks, type ObjectGroup } from '../cisco/object-groups.ts';
import { anyNetworks, type NetworkReader, type Read } from '../cisco/selectors.ts';
import type { SourceLine } from '../source-line.ts';

export function newObjectGroup(at: SourceLine): ObjectGroup {
  return { ...newFact(at), name: at.words[2] ?? '', networks: [], groups: [] };
}

function add(group: ObjectGroup, networks: readonly Network[] | null): string | undefined {
  if (networks === null) return 'no addresses, or too many networks';
  group.networks.push(...networks);
  return undefined;
}

function one(found: Network | null): readonly Network[] | null {
  return found === null ? null : [found];
}

export const OBJECT_GROUP: Forms<ObjectGroup> = {
  commands: [
    checked(/^host (?<address>\S+)$/i, (group, { address = '' }) => add(group, one(hostNetwork(address)))),
    checked(/^range (?<first>\S+) (?<last>\S+)$/i, (group, { first = '', last = '' }) =>
      add(group, rangeNetworks(first, last)),
    ),
    checked(/^(?<prefix>[\da-f:.]+\/\d+)$/i, (group, { prefix = '' }) =>
      add(group, one(prefixNetwork(prefix))),
    ),
    checked(/^(?<address>[\d.]+) (?<mask>[\d.]+)$/i, (group, { address = '', mask = '' }) =>
      add(group, one(maskNetwork(address, mask))),
    ),
    command(/^group-object (?<name>\S+)$/i, (group, { name = '' }) => {
      group.groups.push(name);
    }),
    command(/^description .*$/i, () => {}),
  ],
  ignored: [],
};

/** Reads addresses as IOS writes them in access lists. */
export function iosNetworkReader(
  groups: ReadonlyMap<string, ObjectGroup>,
  use: (group: ObjectGroup) => void,
): NetworkReader {
  return {
    networks: (words) => {
      const any = anyNetworks(words, false);
      if (any !== undefined) return { ok: true, value: any };
      const first = words.take();
      if (first.toLowerCase() === 'object-group') return groupNetworks(words.take(), groups, use);
      if (first.toLowerCase() === 'host') return addresses(one(hostNetwork(words.take())), first);
      if (first.includes('/')) return addresses(one(prefixNetwork(first)), first);
      return addresses(wildcardNetworks(first, words.take()), first);
    },
    portGroup: () => undefined,
  };
}

function addresses(networks: readonly Network[] | null, text: string): Read<readonly Network[]> {
  return networks === null
    ? { ok: false, why: `'${text}' is no address with a wildcard, or stands for too many networks` }
    : { ok: true, value: networks };
}

const NUMBERED = /^access-list (?<name>\d+) (?<rest>permit|deny|remark)(?: |$)/i;

/** Adds a line `access-list N ...`; false: it is no such line. */
export function readNumbered(line: SourceLine, lists: Map<string, AccessList>): boolean {
  const found = NUMBERED.exec(line.text)?.groups;
  if (found === undefined) return false;
  const list = listOf(found['name'] ?? '', lists);
  if (found['rest']?.toLowerCase() === 'remark') list.headers.push(line);
  else list.lines.push({ line, actionAt: 2 });
  return true;
}

/** Adds the lines of `ip access-list extended NAME` and `ipv6 access-list NAME`. */
export function readNamed(
  header: SourceLine,
  lines: readonly SourceLine[],
  lists: Map<string, AccessList>,
): void {
  const list = listOf(header.words.at(-1) ?? '', lists);
  list.headers.push(header);
  for (const line of lines) {
    const actionAt = line.words.findIndex((word) => /^(?:permit|deny|remark)$/i.test(word));
    // A number in front orders the lines; `show` gives them in that order.
    if (actionAt < 0 || actionAt > 2) continue;
    if (line.words[actionAt]?.toLowerCase() === 'remark') list.headers.push(line);
    else list.lines.push({ line, actionAt });
  }
}

function listOf(name: string, lists: Map<string, AccessList>): AccessList {
  const list = lists.get(name) ?? { name, headers: [], lines: [] };
  lists.set(name, list);
  return list;
}
