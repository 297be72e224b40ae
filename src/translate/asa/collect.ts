/** All that an ASA configuration says about IPsec, gathered by name. Decides nothing; unrelated lines are dropped here. */
import { type Block, readBlocks } from '../blocks.ts';
import { newFact, readLine } from '../cisco/commands.ts';
import { dropAll, type Gathering, intoNamed, intoPolicy, keep, ofName } from '../cisco/gathering.ts';
import { lifetimeOf } from '../cisco/lifetimes.ts';
import { hostNetwork } from '../cisco/networks.ts';
import type { ObjectGroup } from '../cisco/object-groups.ts';
import type { Reading } from '../reader.ts';
import type { SourceLine } from '../source-line.ts';
import type { AsaFacts } from './facts.ts';
import * as ike from './ike-forms.ts';
import { INTERFACE, newInterface } from './interfaces.ts';
import * as ipsec from './ipsec-forms.ts';
import { ASA_MODES, type AsaMode, sortBlocks, UNRELATED } from './modes.ts';
import { newObject, newServiceGroup, objectForms, readAccessLine, SERVICE_GROUP } from './objects.ts';

type Report = Reading['report'];

function newFacts(): AsaFacts {
  return {
    ikev1Policies: [],
    ikev2Policies: [],
    transformSets: new Map(),
    proposals: new Map(),
    tunnelGroups: new Map(),
    maps: new Map(),
    dynamicMaps: new Map(),
    mapInterfaces: new Map(),
    interfaces: new Map(),
    objects: new Map(),
    serviceGroups: new Map(),
    names: new Map(),
    accessLists: new Map(),
    lifetimeSeconds: null,
    lifetimeBytes: null,
    all: [],
  };
}

/** Reads all lines. What isn't understood stays unclaimed in the report. */
export function collect({ lines, report }: Reading): AsaFacts {
  const facts = newFacts();
  const sorted = sortBlocks(readBlocks(lines, ASA_MODES, report));
  // Names first: anything may use them.
  for (const line of sorted.lines) readName(line, facts);
  for (const block of sorted.blocks) readBlock(block, facts, report);
  for (const line of sorted.lines) readTop(line, facts, report);
  facts.ikev1Policies.sort((a, b) => a.priority - b.priority);
  facts.ikev2Policies.sort((a, b) => a.priority - b.priority);
  return facts;
}

const NAME = /^name (?<address>\S+) (?<name>\S+)(?: description .*)?$/i;

function readName(line: SourceLine, facts: AsaFacts): void {
  const found = NAME.exec(line.text)?.groups;
  if (found === undefined || hostNetwork(found['address'] ?? '') === null) return;
  const { address = '', name = '' } = found;
  facts.names.set(name.toLowerCase(), keep(facts, { ...newFact(line), address }));
}

function readTop(line: SourceLine, facts: AsaFacts, report: Report): void {
  // A colon begins a comment.
  if (line.text.startsWith(':')) {
    report.dropped(line, 'a comment');
    return;
  }
  if (NAME.test(line.text) && hostNetwork(line.words[1] ?? '') !== null) return;
  const access = readAccessLine(line, facts.accessLists);
  if (access === 'inactive') report.dropped(line, 'inactive in the original');
  if (access !== null || readMapLine(line, facts, report) || readIpsecLine(line, facts, report)) return;
  const group = /^tunnel-group (?<name>\S+) type ipsec-l2l$/i.exec(line.text)?.groups?.['name'];
  if (group !== undefined) {
    ofName(facts, facts.tunnelGroups, ike.newTunnelGroup(line));
    return;
  }
  const unrelated = UNRELATED.find(({ form }) => form.test(line.text));
  if (unrelated !== undefined) report.dropped(line, unrelated.why);
}

function readMapLine(line: SourceLine, facts: AsaFacts, report: Report): boolean {
  const on = ipsec.MAP_INTERFACE.exec(line.text)?.groups;
  if (on !== undefined) {
    const { map = '', nameif = '' } = on;
    facts.mapInterfaces.set(map, keep(facts, { ...newFact(line), nameif }));
    return true;
  }
  const found = ipsec.MAP_LINE.exec(line.text)?.groups;
  if (found === undefined) return false;
  const { kind = '', map = '', sequence = '' } = found;
  const maps = kind.toLowerCase() === 'map' ? facts.maps : facts.dynamicMaps;
  const entries = maps.get(map) ?? new Map();
  maps.set(map, entries);
  const number = Number(sequence);
  const entry = entries.get(number) ?? keep(facts, ipsec.newMapEntry(line, map, number));
  entries.set(number, entry);
  return readLine(line, entry, ipsec.MAP_ENTRY, report);
}

function readIpsecLine(line: SourceLine, facts: AsaFacts, report: Report): boolean {
  const set = ipsec.readTransformSet(line);
  if (set !== null) {
    if (set.ok) facts.transformSets.set(set.value.name, keep(facts, set.value));
    else report.notUnderstood(line, set.why);
    return true;
  }
  const mode = ipsec.TRANSFORM_MODE.exec(line.text)?.groups;
  const ofMode = facts.transformSets.get(mode?.['name'] ?? '');
  if (ofMode !== undefined) {
    ofMode.mode = mode?.['mode']?.toLowerCase() === 'transport' ? 'transport' : 'tunnel';
    ofMode.lines.push(line);
    return true;
  }
  const rest = /^crypto ipsec security-association lifetime (?<rest>\S.*)$/i.exec(line.text)?.groups?.[
    'rest'
  ];
  const lifetime = rest === undefined ? undefined : lifetimeOf(rest);
  if (lifetime === null) report.notUnderstood(line, 'a lifetime is seconds or kilobytes');
  if (lifetime?.seconds !== undefined) {
    facts.lifetimeSeconds = keep(facts, { ...newFact(line), value: lifetime.seconds });
  }
  if (lifetime?.bytes !== undefined) {
    facts.lifetimeBytes = keep(facts, { ...newFact(line), value: lifetime.bytes });
  }
  return lifetime !== undefined;
}

function readBlock(block: Block, facts: AsaFacts, report: Report): void {
  const header = block.header;
  if (header === null) return;
  const gathering = { facts, lines: block.lines, report };
  switch (block.mode as AsaMode) {
    case 'ikev1-policy':
      intoPolicy(gathering, facts.ikev1Policies, ike.newIkev1Policy(header), ike.IKEV1_POLICY);
      return;
    case 'ikev2-policy':
      intoPolicy(gathering, facts.ikev2Policies, ike.newIkev2Policy(header), ike.IKEV2_POLICY);
      return;
    case 'ipsec-proposal':
      intoNamed(gathering, facts.proposals, ipsec.newIpsecProposal(header), ipsec.IPSEC_PROPOSAL);
      return;
    case 'tunnel-group':
      intoNamed(gathering, facts.tunnelGroups, ike.newTunnelGroup(header), ike.TUNNEL_GROUP);
      return;
    case 'interface':
      intoNamed(gathering, facts.interfaces, newInterface(header), INTERFACE);
      return;
    case 'object':
      intoNamed(gathering, facts.objects, newObject(header), objectForms(resolverOf(facts)));
      return;
    case 'object-group':
      readGroup(block, facts, gathering);
      return;
    case 'group-policy':
      readGroupPolicy(block, report);
      return;
    default:
      dropAll(block, report, 'nothing to do with IPsec between sites');
      return;
  }
}

function readGroup(block: Block, facts: AsaFacts, gathering: Gathering): void {
  const header = block.header as SourceLine;
  const kind = header.words[1]?.toLowerCase();
  if (kind === 'network') {
    intoNamed(gathering, facts.objects, newObject(header), objectForms(resolverOf(facts)));
    return;
  }
  if (kind === 'service') {
    intoNamed(gathering, facts.serviceGroups, newServiceGroup(header), SERVICE_GROUP);
    return;
  }
  dropAll(block, gathering.report, 'such groups are no part of what is protected');
}

/** A name of a `name` line as its address, with its line for the object that uses it; anything else as it is. */
function resolverOf({ names }: AsaFacts): (text: string, into: ObjectGroup) => string {
  return (text, into) => {
    const named = names.get(text.toLowerCase());
    if (named !== undefined) into.lines.push(named.at);
    return named?.address ?? text;
  };
}

/** Most of a group policy is for remote access; what filters traffic between sites must not be lost silently. */
function readGroupPolicy(block: Block, report: Report): void {
  for (const line of block.lines) {
    if (/^vpn-filter value /i.test(line.text)) {
      report.notUnderstood(line, 'a filter of what comes out of the tunnels: put it into nftables');
    }
  }
  dropAll(block, report, 'nothing that connections between sites need');
}
