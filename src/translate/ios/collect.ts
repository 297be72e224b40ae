/** All that an IOS configuration says about IPsec, gathered by name. Decides nothing; unrelated lines are dropped here. */
import { readBlocks } from '../blocks.ts';
import type { AccessList } from '../cisco/access-list.ts';
import { type Fact, readLine } from '../cisco/commands.ts';
import { dropAll, intoNamed, intoPolicy, keep, ofName } from '../cisco/gathering.ts';
import type { Ikev1Policy } from '../cisco/ikev1-policy.ts';
import type { ObjectGroup } from '../cisco/object-groups.ts';
import type { Reading } from '../reader.ts';
import type { SourceLine } from '../source-line.ts';
import { newObjectGroup, OBJECT_GROUP, readNamed, readNumbered } from './access-lists.ts';
import type {
  GlobalSettings,
  Ikev2Keyring,
  Ikev2Policy,
  Ikev2Profile,
  Ikev2Proposal,
  Interface,
  IpsecProfile,
  IsakmpProfile,
  Keyring,
  MapEntry,
  TransformSet,
  TunnelRoute,
} from './facts.ts';
import * as ikev2 from './ikev2.ts';
import { INTERFACE, newInterface, readTunnelRoute } from './interfaces.ts';
import * as ipsec from './ipsec.ts';
import * as isakmp from './isakmp.ts';
import { IOS_MODES, type IosMode, type Placed, sortBlocks, UNRELATED } from './modes.ts';
import { readTopLine } from './top.ts';

export interface IosFacts {
  readonly globals: GlobalSettings;
  readonly isakmpPolicies: Ikev1Policy[];
  readonly keyrings: Map<string, Keyring>;
  readonly isakmpProfiles: Map<string, IsakmpProfile>;
  readonly proposals: Map<string, Ikev2Proposal>;
  readonly policies: Ikev2Policy[];
  readonly ikev2Keyrings: Map<string, Ikev2Keyring>;
  readonly ikev2Profiles: Map<string, Ikev2Profile>;
  readonly transformSets: Map<string, TransformSet>;
  readonly ipsecProfiles: Map<string, IpsecProfile>;
  /** By name of the map and number of the entry. */
  readonly maps: Map<string, Map<number, MapEntry>>;
  readonly dynamicMaps: Map<string, Map<number, MapEntry>>;
  readonly interfaces: Map<string, Interface>;
  readonly accessLists: Map<string, AccessList>;
  readonly objectGroups: Map<string, ObjectGroup>;
  /** By the name of the tunnel. */
  readonly routes: Map<string, TunnelRoute[]>;
  /** Everything, so that what nobody uses can be told. */
  readonly all: Fact[];
}

function newFacts(): IosFacts {
  return {
    globals: {
      isakmpKeys: [],
      localAddressOf: new Map(),
      isakmpDpd: null,
      ikev2Dpd: null,
      lifetimeSeconds: null,
      lifetimeBytes: null,
    },
    isakmpPolicies: [],
    keyrings: new Map(),
    isakmpProfiles: new Map(),
    proposals: new Map(),
    policies: [],
    ikev2Keyrings: new Map(),
    ikev2Profiles: new Map(),
    transformSets: new Map(),
    ipsecProfiles: new Map(),
    maps: new Map(),
    dynamicMaps: new Map(),
    interfaces: new Map(),
    accessLists: new Map(),
    objectGroups: new Map(),
    routes: new Map(),
    all: [],
  };
}

/** Reads all lines. What isn't understood stays unclaimed in the report. */
export function collect({ lines, report }: Reading): IosFacts {
  const facts = newFacts();
  const sorted = sortBlocks(readBlocks(lines, IOS_MODES, report));
  for (const block of sorted.blocks) readBlock(block, facts, report);
  for (const line of sorted.lines) readTop(line, facts, report);
  facts.isakmpPolicies.sort((a, b) => a.priority - b.priority);
  return facts;
}

type Report = Reading['report'];

function readTop(line: SourceLine, facts: IosFacts, report: Report): void {
  if (readNumbered(line, facts.accessLists)) return;
  const route = readTunnelRoute(line);
  if (route !== null) {
    if (route.ok) addRoute(keep(facts, route.value), facts.routes);
    else report.notUnderstood(line, route.why);
    return;
  }
  if (readTopLine(line, facts, report)) return;
  const unrelated = UNRELATED.find(({ form }) => form.test(line.text));
  if (unrelated !== undefined) report.dropped(line, unrelated.why);
}

function addRoute(route: TunnelRoute, routes: Map<string, TunnelRoute[]>): void {
  const same = routes.get(route.interfaceName);
  if (same === undefined) routes.set(route.interfaceName, [route]);
  else same.push(route);
}

/** Reads a mode into its fact; a header that was there before is added to. */
function readBlock(block: Placed, facts: IosFacts, report: Report): void {
  const header = block.header;
  if (header === null) return;
  const gathering = { facts, lines: block.lines, report };
  switch (block.mode as IosMode) {
    case 'isakmp-policy':
      intoPolicy(gathering, facts.isakmpPolicies, isakmp.newIsakmpPolicy(header), isakmp.ISAKMP_POLICY);
      return;
    case 'keyring':
      intoNamed(gathering, facts.keyrings, isakmp.newKeyring(header), isakmp.KEYRING);
      return;
    case 'isakmp-profile':
      intoNamed(gathering, facts.isakmpProfiles, isakmp.newIsakmpProfile(header), isakmp.ISAKMP_PROFILE);
      return;
    case 'ikev2-proposal':
      intoNamed(gathering, facts.proposals, ikev2.newProposal(header), ikev2.PROPOSAL);
      return;
    case 'ikev2-policy':
      intoPolicy(gathering, facts.policies, ikev2.newPolicy(header), ikev2.POLICY);
      return;
    case 'ikev2-keyring':
      readKeyring(block, facts, report);
      return;
    case 'ikev2-profile':
      intoNamed(gathering, facts.ikev2Profiles, ikev2.newIkev2Profile(header), ikev2.PROFILE);
      return;
    case 'transform-set': {
      const set = ipsec.newTransformSet(header);
      if (!set.ok) {
        report.notUnderstood(header, set.why);
        return;
      }
      intoNamed(gathering, facts.transformSets, set.value, ipsec.TRANSFORM_SET);
      return;
    }
    case 'ipsec-profile':
      intoNamed(gathering, facts.ipsecProfiles, ipsec.newIpsecProfile(header), ipsec.IPSEC_PROFILE);
      return;
    case 'crypto-map':
    case 'dynamic-map':
      readMap(block, facts, report);
      return;
    case 'interface':
      intoNamed(gathering, facts.interfaces, newInterface(header), INTERFACE);
      return;
    case 'access-list':
      readNamed(header, block.lines, facts.accessLists);
      return;
    case 'object-group':
      if (header.words[1]?.toLowerCase() !== 'network') {
        dropAll(block, report, 'groups of services are no part of what is protected');
        return;
      }
      intoNamed(gathering, facts.objectGroups, newObjectGroup(header), OBJECT_GROUP);
      return;
    default:
      dropAll(block, report, 'nothing to do with IPsec');
      return;
  }
}

function readKeyring(block: Placed, facts: IosFacts, report: Report): void {
  const header = block.header as SourceLine;
  const ring = ofName(facts, facts.ikev2Keyrings, ikev2.newIkev2Keyring(header));
  for (const inner of block.blocks) {
    if (inner.header === null) continue;
    const peer = keep(facts, ikev2.newKeyPeer(inner.header));
    ring.peers.push(peer);
    for (const line of inner.lines) readLine(line, peer, ikev2.KEY_PEER, report);
  }
}

function readMap(block: Placed, facts: IosFacts, report: Report): void {
  const header = block.header as SourceLine;
  const isDynamic = block.mode === 'dynamic-map';
  const fresh = ipsec.newMapEntry(header, isDynamic);
  if (fresh === null) {
    report.notUnderstood(header, 'only entries with ipsec-isakmp can be translated');
    return;
  }
  const maps = isDynamic ? facts.dynamicMaps : facts.maps;
  const entries = maps.get(fresh.map) ?? new Map<number, MapEntry>();
  maps.set(fresh.map, entries);
  const entry = entries.get(fresh.sequence) ?? keep(facts, fresh);
  entries.set(entry.sequence, entry);
  if (entry !== fresh) entry.lines.push(header);
  for (const line of block.lines) readLine(line, entry, ipsec.MAP_ENTRY, report);
}
