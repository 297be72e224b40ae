/** Crypto maps of ASA, static and dynamic, as planned connections: one for each peer, with the role that the map gives it. */

import { parseHostAddress } from '../../config/addresses.ts';
import type { AccessLists, Protected } from '../cisco/access-list.ts';
import type { Assembly } from '../cisco/assemble.ts';
import type { Fact } from '../cisco/commands.ts';
import { planEntries } from '../cisco/crypto-maps.ts';
import { hostValue } from '../cisco/networks.ts';
import { type Backup, trafficOf } from '../cisco/plan.ts';
import type { PeerPolicy } from '../gateway-model.ts';
import type { Reading } from '../reader.ts';
import type { SourceLine } from '../source-line.ts';
import type { AsaFacts, Interface, MapEntry } from './facts.ts';
import { resolveIke, tunnelGroupOf, versionOf } from './ike.ts';
import { resolveProtection } from './protection.ts';

export interface MapWork {
  readonly facts: AsaFacts;
  readonly assembly: Assembly;
  readonly reading: Reading;
  readonly lists: AccessLists;
  /** Interfaces by the name that the configuration uses. */
  readonly nameifs: ReadonlyMap<string, Interface>;
  /** The address behind a name, and the line that gives it. */
  readonly resolve: (text: string) => string;
}

const POLICIES = {
  bidirectional: { policy: 'windowed' },
  'answer-only': { policy: 'responder-only', noRekey: true },
  'originate-only': { policy: 'initiator-only' },
} as const satisfies Record<MapEntry['connectionType'], PeerPolicy>;

/** Of the peers behind the first one. The peers of an entry that only answers are all alike. */
const BACKUPS = {
  bidirectional: {
    policy: { policy: 'responder-only' },
    note: 'Of several peers the first one is called; the others may call. afteryou does not change over by itself: give them another policy and reload for that.',
  },
  'answer-only': null,
  'originate-only': {
    policy: { policy: 'paused' },
    note: 'Of several peers the first one is called; the others are paused. afteryou does not change over by itself: give them the policy initiator-only, pause the first one and reload for that.',
  },
} as const satisfies Record<MapEntry['connectionType'], { policy: PeerPolicy; note: string } | null>;

export function planCryptoMaps(work: MapWork): void {
  // Nobody can be called by a dynamic entry.
  planEntries(work, (map, entry, around) => planEntry(map, entry, work, around === null ? [] : [around]));
}

/** @param around what a dynamic entry stands in; empty for a static one, which must have peers */
function planEntry(map: string, entry: MapEntry, work: MapWork, around: readonly Fact[]): void {
  const { facts, reading } = work;
  const isDynamic = around.length > 0;
  const refuse = (why: string): void => reading.report.notUnderstood(entry.at, why);
  const traffic = protectedBy(entry, isDynamic, work);
  if (typeof traffic === 'string') {
    refuse(traffic);
    return;
  }
  const peers = entry.peers.map((text) => parseHostAddress(work.resolve(text))?.text ?? null);
  if (peers.includes(null)) {
    refuse('names of hosts are not looked up: write the addresses of the peers');
    return;
  }
  if (peers.length === 0 && !isDynamic) {
    refuse('the entry has no peer');
    return;
  }
  if (entry.ikev1Sets.length + entry.ikev2Proposals.length === 0) {
    refuse('the entry has no transform-set and no ipsec-proposal');
    return;
  }
  const local = addressOn(facts.mapInterfaces.get(map), peers[0] ?? null, work.nameifs);
  if (!local.isApplied) {
    work.assembly.note(
      null,
      `Crypto map ${map} is on no interface in this text: the host's own choice of address is taken.`,
    );
  }
  const targets = isDynamic ? [null] : peers;
  for (const peer of targets) {
    planPeer({ map, entry, peer, first: peers[0] ?? null, around, traffic, local }, work);
  }
}

interface Target {
  readonly map: string;
  readonly entry: MapEntry;
  /** Null: whoever calls. */
  readonly peer: string | null;
  readonly first: string | null;
  readonly around: readonly Fact[];
  readonly traffic: Protected;
  readonly local: { readonly address: string | null; readonly sources: readonly Fact[] };
}

function planPeer({ map, entry, peer, first, around, traffic, local }: Target, work: MapWork): void {
  const { facts, assembly, reading } = work;
  const rekeys = entry.connectionType !== 'answer-only';
  const group = tunnelGroupOf(peer, facts);
  const version = versionOf(entry, group);
  const other = version === 2 ? entry.ikev1Lines : entry.ikev2Lines;
  const child = resolveProtection(version, entry, facts, rekeys);
  if (typeof child === 'string') {
    reading.report.notUnderstood(entry.at, child);
    return;
  }
  const ends = { at: entry.at, localAddress: local.address, peer, rekeys };
  const ike = resolveIke(version, entry, group, ends, facts);
  for (const note of ike.notes) assembly.note(entry.at, note);
  tellAboutGroup(group?.dpd === 'disabled', other, { entry, peer, version }, work);
  const isBackup = peer !== null && peer !== first;
  const backup = isBackup ? BACKUPS[entry.connectionType] : null;
  assembly.add({
    group: map,
    label: peer ?? `any-${entry.sequence}`,
    at: entry.at,
    backup: backup === null ? null : backupOf(backup.note, entry, first),
    ike: ike.ike,
    localAddress: local.address,
    remoteAddresses: [peer ?? '%any'],
    localId: local.address,
    remoteId: peer,
    children: traffic.selectors.map((selector) => ({ settings: child.settings, ...trafficOf(selector) })),
    ifId: null,
    policy: backup?.policy ?? POLICIES[entry.connectionType],
    secrets: ike.secrets,
    sources: {
      ike: ike.ikeSources,
      child: [...child.sources, ...traffic.sources],
      connection: [...around, withoutLines(entry, [...other, ...roleLines(entry)]), ...local.sources],
      secret: ike.secretSources,
      policy: roleLines(entry).map((line) => ({ at: line, lines: [line] })),
    },
  });
}

function backupOf(note: string, entry: MapEntry, first: string | null): Backup {
  return { of: first ?? '', line: entry.peersAt ?? entry.at, note };
}

function roleLines({ lines }: MapEntry): readonly SourceLine[] {
  return lines.filter((line) => / set connection-type /i.test(line.text));
}

function withoutLines({ at, lines }: Fact, without: readonly SourceLine[]): Fact {
  return { at, lines: lines.filter((line) => !without.includes(line)) };
}

/** A dynamic entry may say nothing of traffic: then the peer proposes what it likes. */
function protectedBy(entry: MapEntry, isDynamic: boolean, { lists }: MapWork): Protected | string {
  if (entry.accessList === null && isDynamic) {
    return 'the dynamic entry has no access list: name the networks that its peers may reach';
  }
  return lists.protectedBy(entry.accessList);
}

interface Told {
  readonly entry: MapEntry;
  readonly peer: string | null;
  readonly version: 1 | 2;
}

function tellAboutGroup(
  isDpdOff: boolean,
  other: readonly SourceLine[],
  { entry, peer, version }: Told,
  { assembly, reading }: MapWork,
): void {
  const who = peer ?? 'the peers that only call';
  if (isDpdOff) {
    assembly.note(
      entry.at,
      `The original has DPD off for ${who}; here it is on: without it a dead peer is never noticed.`,
    );
  }
  if (other.length === 0) return;
  for (const line of other) reading.report.dropped(line, `IKEv${version} is used with ${who}`);
  assembly.note(
    entry.at,
    `The original can do IKEv1 and IKEv2 with ${who}; IKEv${version} is taken. Set version in the connection if the peer has only the other one.`,
  );
}

/** The address of the interface that a map is on, of the peer's family. */
function addressOn(
  on: ({ readonly nameif: string } & Fact) | undefined,
  peer: string | null,
  nameifs: MapWork['nameifs'],
): { readonly address: string | null; readonly sources: readonly Fact[]; readonly isApplied: boolean } {
  if (on === undefined) return { address: null, sources: [], isApplied: false };
  const found = nameifs.get(on.nameif.toLowerCase());
  if (found === undefined) return { address: null, sources: [on], isApplied: true };
  const isIpv6 = peer !== null && hostValue(peer)?.family === 'ipv6';
  const text = found.addresses.find((address) => address.includes(':') === isIpv6)?.split('/')[0];
  return {
    address: text === undefined ? null : (parseHostAddress(text)?.text ?? null),
    sources: [on, found],
    isApplied: true,
  };
}
