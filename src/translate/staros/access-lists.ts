/**
 * `ip access-list` as pairs of networks: `permit PROTOCOL SOURCE WILDCARD DESTINATION WILDCARD`, source being our side.
 *
 * A line that denies can't be a traffic selector: it is dropped, and the operator is told what would do the same.
 */
import type { Block } from '../blocks.ts';
import { type Fact, newFact } from '../cisco/commands.ts';
import { hostNetwork, type Network, prefixNetwork, wildcardNetworks } from '../cisco/networks.ts';
import {
  anyNetworks,
  type NetworkReader,
  type Read,
  readSelectors,
  type Selector,
  Words,
} from '../cisco/selectors.ts';
import type { Note } from '../gateway-model.ts';
import type { Reading } from '../reader.ts';
import type { SourceLine } from '../source-line.ts';

export interface AccessList extends Fact {
  readonly selectors: Selector[];
  readonly notes: Note[];
}

/** One list that has more would make as many CHILD_SAs for every peer. */
const SELECTORS_MAX = 256;

const DENIED = 'denies: traffic selectors can only permit';

export function readAccessList(block: Block, header: SourceLine, { report }: Reading): AccessList {
  const list: AccessList = { ...newFact(header), selectors: [], notes: [] };
  for (const line of block.lines) {
    const text = line.text.replace(/^(?:after|before) .*? (?=permit|deny)/i, '');
    const [action = ''] = text.split(' ', 1);
    if (action.toLowerCase() === 'deny') {
      report.dropped(line, DENIED);
      list.notes.push({
        at: line,
        text: `The line denies; it is left out. If it must stay, add a connection with a child of mode = pass for that traffic.`,
      });
      continue;
    }
    if (action.toLowerCase() !== 'permit') continue;
    const found = readSelectors(
      new Words(line.words, line.words.length - text.split(/\s+/).length + 1),
      NETWORKS,
    );
    if (!found.ok) report.notUnderstood(line, found.why);
    else if (list.selectors.length + found.value.length > SELECTORS_MAX)
      report.notUnderstood(line, `the list has more than ${SELECTORS_MAX} pairs of networks`);
    else {
      list.selectors.push(...found.value);
      list.lines.push(line);
    }
  }
  return list;
}

const NETWORKS: NetworkReader = {
  networks: (words) => {
    const any = anyNetworks(words, false);
    if (any !== undefined) return { ok: true, value: any };
    if (words.peek() === 'host') {
      words.take();
      return one(words.peek(), hostNetwork(words.take()));
    }
    const address = words.take();
    if (address.includes('/')) return one(address, prefixNetwork(address));
    // IPv6 has no wildcards: a bare address is a host.
    if (address.includes(':')) return one(address, hostNetwork(address));
    const wildcard = words.take();
    const networks = wildcardNetworks(address, wildcard);
    return networks === null
      ? { ok: false, why: `'${address} ${wildcard}' is no address and wildcard` }
      : { ok: true, value: networks };
  },
  portGroup: () => undefined,
};

function one(text: string, network: Network | null): Read<readonly Network[]> {
  return network === null ? { ok: false, why: `'${text}' is no network` } : { ok: true, value: [network] };
}
