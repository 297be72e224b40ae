/**
 * The peer lists: every address read, of the list's family, once, and not too many.
 *
 * Knows nothing of the services that use a list.
 */
import { parseAddress } from './addresses.ts';
import type { IssueCollector } from './issues.ts';
import { PEERS_PER_LIST } from './keys.ts';
import type { PeerList, PeerListEntry } from './model.ts';
import type { CheckedPeerList } from './schema.ts';
import type { MapNode } from './source.ts';
import { entryAt, placeOf } from './tree.ts';

/** Reads one list; its problems go to `issues`, and what could be read comes back all the same. */
export function readPeerList(
  name: string,
  checked: CheckedPeerList,
  root: MapNode,
  peersMax: number,
  issues: IssueCollector,
): PeerList {
  const path = ['peer-lists', name];
  const origin = entryAt(root, path)?.keyAt ?? root.at;
  const { family, addresses } = checked;
  if (addresses.length > peersMax) {
    const raise =
      addresses.length <= PEERS_PER_LIST.max
        ? `Split the list, or set limits: { peers-per-list: ${addresses.length} }.`
        : `Split the list; ${PEERS_PER_LIST.max} is the most that limits.peers-per-list can allow.`;
    issues.add(
      placeOf(root, [...path, 'addresses', String(peersMax)]),
      [...path, 'addresses'],
      'too-many',
      `peer list '${name}' has ${addresses.length} addresses, at most ${peersMax} are allowed`,
      raise,
    );
    return { name, family, entries: [], origin };
  }
  const byText = new Map<string, PeerListEntry>();
  for (const [index, text] of addresses.entries()) {
    const below = [...path, 'addresses', String(index)];
    const at = placeOf(root, below);
    const parsed = parseAddress(text, family);
    if (!parsed.ok) {
      issues.add(at, below, parsed.code, parsed.message, parsed.remedy);
      continue;
    }
    if (parsed.value.family !== family) {
      issues.add(
        at,
        below,
        'wrong-family',
        `'${text}' is ${parsed.value.family}, but peer list '${name}' is ${family}`,
        `Move it to a list with family: ${parsed.value.family}.`,
      );
      continue;
    }
    const before = byText.get(parsed.value.text);
    if (before !== undefined) {
      const same = text === before.text ? '' : `, written differently: both are ${before.text}`;
      issues.add(
        at,
        below,
        'duplicate',
        `'${text}' is twice in peer list '${name}'; the first is at ${placeText(before, at.file)}${same}`,
        'Remove one of the two.',
      );
      continue;
    }
    byText.set(parsed.value.text, { ...parsed.value, origin: at });
  }
  return { name, family, entries: [...byText.values()], origin };
}

function placeText(entry: PeerListEntry, file: string): string {
  const { origin } = entry;
  return origin.file === file ? `line ${origin.line}` : `${origin.file}:${origin.line}`;
}
