/** Objects, object groups and access lists of ASA: networks with masks, ports by group. */
import type { AccessList } from '../cisco/access-list.ts';
import { checked, command, type Forms, newFact } from '../cisco/commands.ts';
import { hostNetwork, maskNetwork, type Network, prefixNetwork, rangeNetworks } from '../cisco/networks.ts';
import { groupNetworks, type ObjectGroup } from '../cisco/object-groups.ts';
import { portRange } from '../cisco/ports.ts';
import { anyNetworks, type NetworkReader, type Read, type Words } from '../cisco/selectors.ts';
import type { SourceLine } from '../source-line.ts';
import type { AsaFacts, ServiceGroup } from './facts.ts';

/** Ports of one group of services. */
const PORTS_MAX = 64;

export function newObject(at: SourceLine): ObjectGroup {
  return { ...newFact(at), name: at.words[2] ?? '', networks: [], groups: [] };
}

function add(group: ObjectGroup, networks: readonly (Network | null)[] | null): string | undefined {
  if (networks === null || networks.includes(null)) return 'no addresses, or too many networks';
  for (const network of networks) if (network !== null) group.networks.push(network);
  return undefined;
}

/** Reads what is within an object or a group; `resolve` gives the address behind a name, and claims its line for the object. */
export function objectForms(resolve: (text: string, into: ObjectGroup) => string): Forms<ObjectGroup> {
  return {
    commands: [
      checked(/^(?:host|network-object host) (?<address>\S+)$/i, (group, { address = '' }) =>
        add(group, [hostNetwork(resolve(address, group))]),
      ),
      command(/^network-object object (?<name>\S+)$/i, (group, { name = '' }) => {
        group.groups.push(name);
      }),
      checked(/^(?:subnet|network-object) (?<prefix>\S+\/\d+)$/i, (group, { prefix = '' }) =>
        add(group, [prefixNetwork(prefix)]),
      ),
      checked(
        /^(?:subnet|network-object) (?<address>\S+) (?<mask>\S+)$/i,
        (group, { address = '', mask = '' }) => add(group, [maskNetwork(resolve(address, group), mask)]),
      ),
      checked(/^range (?<first>\S+) (?<last>\S+)$/i, (group, { first = '', last = '' }) =>
        add(group, rangeNetworks(resolve(first, group), resolve(last, group))),
      ),
      command(/^group-object (?<name>\S+)$/i, (group, { name = '' }) => {
        group.groups.push(name);
      }),
      command(/^description .*$/i, () => {}),
    ],
    ignored: [
      { form: /^nat \(/i, why: 'NAT stays with the host: exempt the traffic of the tunnels there too' },
    ],
  };
}

export function newServiceGroup(at: SourceLine): ServiceGroup {
  return { ...newFact(at), name: at.words[2] ?? '', ports: [], isUnderstood: true };
}

export const SERVICE_GROUP: Forms<ServiceGroup> = {
  commands: [
    checked(/^port-object (?<operator>eq|range) (?<first>\S+)(?: (?<second>\S+))?$/i, (group, groups) => {
      const { operator = '', first = '', second } = groups;
      const range = portRange(operator.toLowerCase(), first, second);
      if (range === null || group.ports.length === PORTS_MAX) group.isUnderstood = false;
      else group.ports.push(range);
      return range === null ? 'no port that is known here' : undefined;
    }),
    command(/^description .*$/i, () => {}),
    command(/^(?:service-object|group-object) .*$/i, (group) => {
      group.isUnderstood = false;
    }),
  ],
  ignored: [],
};

const ACCESS_LIST = /^access-list (?<name>\S+) (?:line \d+ )?(?:extended (?:permit|deny)|remark) /i;

/** Adds a line `access-list NAME extended ...`; null: it is no such line. What is inactive isn't there. */
export function readAccessLine(line: SourceLine, lists: Map<string, AccessList>): 'read' | 'inactive' | null {
  const name = ACCESS_LIST.exec(line.text)?.groups?.['name'];
  if (name === undefined) return null;
  if (/\sinactive$/i.test(line.text)) return 'inactive';
  const list = lists.get(name) ?? { name, headers: [], lines: [] };
  lists.set(name, list);
  const actionAt = line.words.findIndex((word, index) => index > 1 && /^(?:permit|deny|remark)$/i.test(word));
  if (line.words[actionAt]?.toLowerCase() === 'remark') list.headers.push(line);
  else list.lines.push({ line, actionAt });
  return 'read';
}

export interface Uses {
  readonly object: (object: ObjectGroup) => void;
  readonly service: (group: ServiceGroup) => void;
  /** The address behind a name of a `name` line, or the text itself. */
  readonly resolve: (text: string) => string;
}

/** Reads addresses and port groups as ASA writes them in access lists. */
export function asaNetworkReader(facts: AsaFacts, uses: Uses): NetworkReader {
  return {
    networks: (words) => readNetworks(words, facts, uses),
    portGroup: (words) => {
      if (words.peek() !== 'object-group') return undefined;
      const group = facts.serviceGroups.get(words.peekSecond());
      // Behind a source without ports stands the group of the destination's networks.
      if (group === undefined) return undefined;
      words.take();
      words.take();
      if (!group.isUnderstood || group.ports.length === 0) {
        return { ok: false, why: `object-group ${group.name} has more than ports of tcp or udp in it` };
      }
      uses.service(group);
      return { ok: true, value: group.ports };
    },
  };
}

function readNetworks(words: Words, facts: AsaFacts, uses: Uses): Read<readonly Network[]> {
  const any = anyNetworks(words, true);
  if (any !== undefined) return { ok: true, value: any };
  const first = words.take();
  switch (first.toLowerCase()) {
    case 'object':
    case 'object-group':
      return groupNetworks(words.take(), facts.objects, uses.object);
    case 'host':
      return one(hostNetwork(uses.resolve(words.take())), first);
    default:
      if (first.includes('/')) return one(prefixNetwork(first), first);
      return one(maskNetwork(uses.resolve(first), words.take()), first);
  }
}

function one(network: Network | null, text: string): Read<readonly Network[]> {
  return network === null
    ? { ok: false, why: `'${text}' is no address with a mask` }
    : { ok: true, value: [network] };
}
