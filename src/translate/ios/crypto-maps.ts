/** Crypto maps of IOS, static and dynamic, as planned connections: one for each peer of the map. */
import type { AccessLists, Protected } from '../cisco/access-list.ts';
import type { Assembly } from '../cisco/assemble.ts';
import type { Fact } from '../cisco/commands.ts';
import { planEntries } from '../cisco/crypto-maps.ts';
import { type PlannedChild, trafficOf } from '../cisco/plan.ts';
import type { ChildSettings, PeerPolicy } from '../gateway-model.ts';
import type { Reading } from '../reader.ts';
import type { SourceLine } from '../source-line.ts';
import type { IosFacts } from './collect.ts';
import type { Identity, MapEntry } from './facts.ts';
import type { IosIke, ResolvedIke } from './ike.ts';
import type { MapEnds } from './local-address.ts';
import { resolveProtection } from './protection.ts';

/** What all crypto maps of a translation need. */
export interface MapWork {
  readonly facts: IosFacts;
  readonly ike: IosIke;
  readonly assembly: Assembly;
  readonly reading: Reading;
  readonly lists: AccessLists;
  readonly ends: MapEnds;
}

const NOT_RESPONDER_ONLY =
  'On IOS a crypto map always calls by itself when there is traffic; responder-only is possible there for tunnel interfaces alone. Here afteryou waits first; set `policy: responder-only` in afteryou.yaml where this end may only answer.';

const BACKUP_NOTE =
  'Of several peers the first one is called; the others may call. afteryou does not change over by itself: give them another policy and reload for that.';

export function planCryptoMaps(work: MapWork): void {
  planEntries(work, (map, entry, around) => {
    if (around === null) {
      planEntry(map, entry, work, []);
      return;
    }
    const isakmpProfile = entry.isakmpProfile ?? around.isakmpProfile;
    planEntry(map, { ...entry, isakmpProfile }, work, [around, entry]);
  });
}

/** @param around what of a dynamic map is around the entry; empty for a static one, which must have peers */
function planEntry(map: string, entry: MapEntry, work: MapWork, around: readonly Fact[]): void {
  const { facts, assembly, reading } = work;
  const protectedTraffic = work.lists.protectedBy(entry.accessList);
  if (typeof protectedTraffic === 'string') {
    reading.report.notUnderstood(entry.at, protectedTraffic);
    return;
  }
  const { settings, sources, missing } = resolveProtection(entry, facts, { rekeys: true, mode: null });
  if (missing.length > 0) {
    reading.report.notUnderstood(
      entry.at,
      `there is no crypto ipsec transform-set ${missing[0] ?? ''} that is understood`,
    );
    return;
  }
  const children = childrenOf(settings, protectedTraffic);
  const isDynamic = around.length > 0;
  const peers = entry.peers.length > 0 ? orderedPeers(entry) : isDynamic ? [null] : [];
  if (peers.length === 0) reading.report.notUnderstood(entry.at, 'the entry has no peer');
  const primary = peers[0]?.address ?? '';
  for (const peer of peers) {
    const isBackup = peer !== null && peer !== peers[0];
    const local = work.ends.of(map, peer?.address ?? null);
    const found = resolveIke(entry, peer?.address ?? null, local.address, work);
    if (found === null) return;
    const { ike, identities } = found;
    for (const note of ike.notes) assembly.note(entry.at, note);
    tellAboutMap(map, { isDynamic, ...local }, assembly);
    assembly.add({
      group: map,
      label: peer?.address ?? `any-${entry.sequence}`,
      at: entry.at,
      backup: isBackup ? { of: primary, line: peer.line, note: BACKUP_NOTE } : null,
      ike: ike.ike,
      localAddress: local.address,
      remoteAddresses: peer === null ? remoteNetworks(identities) : [peer.address],
      localId: ike.localId,
      remoteId: ike.remoteId,
      children,
      ifId: null,
      policy: policyOf(isBackup),
      secrets: ike.secrets,
      sources: {
        ike: ike.ikeSources,
        child: [...sources, ...protectedTraffic.sources],
        connection: [...around, ownLines(entry, peer?.line ?? null), ...local.sources],
        secret: ike.secretSources,
        policy: [],
      },
    });
  }
}

/** The entry's lines without those that name other peers. */
function ownLines(entry: MapEntry, own: SourceLine | null): Fact {
  const others = new Set(entry.peers.map(({ line }) => line).filter((line) => line !== own));
  return { at: entry.at, lines: entry.lines.filter((line) => !others.has(line)) };
}

/** Waits first and calls then; who is called only if another fails may call us at any time. */
function policyOf(isBackup: boolean): PeerPolicy {
  return { policy: isBackup ? 'responder-only' : 'windowed' };
}

function orderedPeers({ peers }: MapEntry): MapEntry['peers'] {
  const preferred = peers.find(({ line }) => /\sdefault$/i.test(line.text));
  return preferred === undefined ? peers : [preferred, ...peers.filter((peer) => peer !== preferred)];
}

function resolveIke(
  entry: MapEntry,
  peer: string | null,
  localAddress: string | null,
  { facts, ike, reading }: MapWork,
): { readonly ike: ResolvedIke; readonly identities: readonly Identity[] } | null {
  const ends = { at: entry.at, localAddress, peer, rekeys: true };
  const { ikev2Profile, isakmpProfile } = entry;
  if (ikev2Profile !== null) {
    const profile = facts.ikev2Profiles.get(ikev2Profile);
    if (profile !== undefined) return { ike: ike.ikev2(ends, profile), identities: profile.identities };
    reading.report.notUnderstood(entry.at, `there is no crypto ikev2 profile ${ikev2Profile}`);
    return null;
  }
  const profile = isakmpProfile === null ? null : facts.isakmpProfiles.get(isakmpProfile);
  if (profile !== undefined) return { ike: ike.ikev1(ends, profile), identities: profile?.identities ?? [] };
  reading.report.notUnderstood(entry.at, `there is no crypto isakmp profile ${isakmpProfile ?? ''}`);
  return null;
}

/** More networks than these in one connection are taken for everybody. */
const NETWORKS_MAX = 100;

/** Where the peers of a dynamic entry may call from. */
export function remoteNetworks(identities: readonly Identity[]): readonly string[] {
  const networks = identities.flatMap((identity) => (identity.kind === 'address' ? [identity.network] : []));
  const isAny =
    networks.length < identities.length || networks.length === 0 || networks.length > NETWORKS_MAX;
  if (isAny || networks.some(({ cidr }) => cidr.endsWith('/0'))) return ['%any'];
  return networks.map(({ cidr }) => cidr.replace(/\/(?:32|128)$/, ''));
}

function childrenOf(
  settings: Omit<ChildSettings, 'name'>,
  { selectors }: Protected,
): readonly PlannedChild[] {
  return selectors.map((selector) => ({ settings, ...trafficOf(selector) }));
}

interface MapState {
  readonly isDynamic: boolean;
  readonly isApplied: boolean;
  readonly isAmbiguous: boolean;
}

function tellAboutMap(map: string, state: MapState, assembly: Assembly): void {
  if (!state.isDynamic) assembly.note(null, `Crypto map ${map}: ${NOT_RESPONDER_ONLY}`);
  if (!state.isApplied) {
    assembly.note(
      null,
      `Crypto map ${map} is on no interface in this text: the host's own choice of address is taken.`,
    );
  }
  if (state.isAmbiguous) {
    assembly.note(
      null,
      `Crypto map ${map} is on several interfaces: set local_addrs where one of them is meant.`,
    );
  }
}
