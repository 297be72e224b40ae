/**
 * Tunnel interfaces of IOS as planned connections and interfaces of Linux.
 *
 * A tunnel of mode ipsec protects whatever is routed into it (any to any, with an XFRM interface); one of mode gre protects
 * the GRE packets between its ends. A virtual template stands for peers that only call.
 */
import type { Assembly } from '../cisco/assemble.ts';
import type { Fact } from '../cisco/commands.ts';
import { hostValue } from '../cisco/networks.ts';
import type { PlannedChild } from '../cisco/plan.ts';
import type { ChildSettings, TrafficSelector } from '../gateway-model.ts';
import type { Reading } from '../reader.ts';
import type { IosFacts } from './collect.ts';
import { remoteNetworks } from './crypto-maps.ts';
import type { Identity, Interface, IpsecProfile } from './facts.ts';
import type { IosIke, ResolvedIke } from './ike.ts';
import { isTunnel } from './interfaces.ts';
import { newIpsecProfile } from './ipsec.ts';
import { addressOf, type LocalEnd } from './local-address.ts';
import { resolveProtection } from './protection.ts';

export interface TunnelWork {
  readonly facts: IosFacts;
  readonly ike: IosIke;
  readonly assembly: Assembly;
  readonly reading: Reading;
}

const INTERFACE_NAME_MAX = 15;

export function planTunnels(work: TunnelWork): void {
  let ifId = 0;
  for (const tunnel of work.facts.interfaces.values()) {
    if (work.assembly.isFull) return;
    if (tunnel.protection === null || tunnel.isShut || !isTunnel(tunnel)) continue;
    ifId += 1;
    planTunnel(tunnel, ifId, work);
  }
}

function planTunnel(tunnel: Interface, ifId: number, work: TunnelWork): void {
  const { facts, assembly, reading } = work;
  const isTemplate = tunnel.name.startsWith('Virtual-Template');
  const profile = profileOf(tunnel, facts);
  const refuse = (why: string): void => reading.report.notUnderstood(tunnel.at, why);
  if (profile === null) {
    refuse(`there is no crypto ipsec profile ${tunnel.protection ?? ''}`);
    return;
  }
  const peer = isTemplate ? null : tunnel.tunnelDestination;
  if (!isTemplate && (peer === null || hostValue(peer) === null)) {
    refuse('a tunnel destination that is an address is needed');
    return;
  }
  const isGre = (tunnel.tunnelMode ?? 'gre') === 'gre';
  if (isGre && isTemplate) {
    refuse('a virtual template of mode gre has no counterpart: use tunnel mode ipsec ipv4');
    return;
  }
  const local = addressOf(tunnel.tunnelSource, peer, facts);
  const rekeys = !profile.responderOnly;
  const found = resolveIke(tunnel, profile, { peer, local, rekeys }, work);
  if (typeof found === 'string') {
    refuse(found);
    return;
  }
  const child = resolveProtection(profile, facts, { rekeys, mode: isGre ? null : 'tunnel' });
  if (child.missing.length > 0) {
    refuse(`there is no crypto ipsec transform-set ${child.missing[0] ?? ''} that is understood`);
    return;
  }
  const { ike, identities } = found;
  for (const note of ike.notes) assembly.note(tunnel.at, note);
  if (isTemplate) tellAboutTemplate(tunnel, assembly);
  const routes = facts.routes.get(tunnel.name) ?? [];
  assembly.add({
    group: profile.name,
    label: tunnel.name,
    at: tunnel.at,
    backup: null,
    ike: ike.ike,
    localAddress: local.address,
    remoteAddresses: peer === null ? remoteNetworks(identities) : [peer],
    localId: ike.localId,
    remoteId: ike.remoteId,
    children: [childOf(child.settings, isGre, tunnel)],
    ifId: isGre ? null : ifId,
    policy: profile.responderOnly ? { policy: 'responder-only', noRekey: true } : { policy: 'windowed' },
    secrets: ike.secrets,
    sources: {
      ike: ike.ikeSources,
      child: [profile, ...child.sources],
      connection: [tunnel, ...local.sources],
      secret: ike.secretSources,
      policy: responderOnlyLine(profile),
    },
  });
  addInterface(tunnel, { ifId, local, peer, isGre, routes: routes.map(({ network }) => network.cidr) }, work);
  for (const { at } of routes) reading.report.carried(at, networkFile(tunnel));
}

interface Placed {
  readonly ifId: number;
  readonly local: LocalEnd;
  readonly peer: string | null;
  readonly isGre: boolean;
  readonly routes: readonly string[];
}

function addInterface(tunnel: Interface, placed: Placed, { facts, assembly }: TunnelWork): void {
  const { ifId, local, peer, isGre, routes } = placed;
  const unnumbered = tunnel.unnumbered === null ? undefined : facts.interfaces.get(tunnel.unnumbered);
  if (isGre && local.address === null) {
    assembly.note(
      tunnel.at,
      `${tunnel.name} needs the address of its source: set Local in the file of its interface.`,
    );
  }
  assembly.interfaces.push({
    name: linuxName(tunnel),
    at: tunnel.at,
    description: tunnel.name,
    ifId,
    gre: isGre && peer !== null ? { local: local.address ?? 'any', remote: peer } : null,
    addresses: [...tunnel.addresses, ...(unnumbered?.addresses ?? [])],
    mtu: tunnel.mtu,
    vrf: tunnel.vrf,
    routes,
  });
}

/** `Tunnel1` as `tunnel1`, `Virtual-Template1` as `vt1`. */
export function linuxName({ name }: Interface): string {
  return name.replace('Virtual-Template', 'vt').toLowerCase().slice(0, INTERFACE_NAME_MAX);
}

export function networkFile(tunnel: Interface): string {
  return `${linuxName(tunnel)}.network`;
}

function childOf(settings: Omit<ChildSettings, 'name'>, isGre: boolean, tunnel: Interface): PlannedChild {
  const all = tunnel.tunnelMode === 'ipsec-v6' ? '::/0' : '0.0.0.0/0';
  const selector: TrafficSelector = {
    subnet: isGre ? 'dynamic' : all,
    protocol: isGre ? 'gre' : null,
    port: null,
  };
  return { settings, local: selector, remote: selector };
}

/** The profile of a tunnel; IOS has one called default without anyone writing it. */
function profileOf(tunnel: Interface, facts: IosFacts): IpsecProfile | null {
  const name = tunnel.protection ?? '';
  const found = facts.ipsecProfiles.get(name);
  if (found !== undefined) return found;
  return name === 'default' ? { ...newIpsecProfile(tunnel.at), name, lines: [] } : null;
}

function resolveIke(
  tunnel: Interface,
  profile: IpsecProfile,
  {
    peer,
    local,
    rekeys,
  }: { readonly peer: string | null; readonly local: LocalEnd; readonly rekeys: boolean },
  { facts, ike }: TunnelWork,
): { readonly ike: ResolvedIke; readonly identities: readonly Identity[] } | string {
  const ends = { at: tunnel.at, localAddress: local.address, peer, rekeys };
  const templates = ike.templates(tunnel.name);
  const ikev2 =
    templates.ikev2?.name ??
    (profile.name === 'default' && facts.ikev2Profiles.has('default') ? 'default' : null);
  const ikev2Name = profile.ikev2Profile ?? (profile.isakmpProfile === null ? ikev2 : null);
  if (ikev2Name !== null) {
    const found = facts.ikev2Profiles.get(ikev2Name);
    if (found === undefined) return `there is no crypto ikev2 profile ${ikev2Name}`;
    return { ike: ike.ikev2(ends, found), identities: found.identities };
  }
  const byTemplate = templates.isakmp;
  if (profile.isakmpProfile === null) {
    return { ike: ike.ikev1(ends, byTemplate ?? null), identities: byTemplate?.identities ?? [] };
  }
  const found = facts.isakmpProfiles.get(profile.isakmpProfile);
  if (found === undefined) return `there is no crypto isakmp profile ${profile.isakmpProfile}`;
  return { ike: ike.ikev1(ends, found), identities: found.identities };
}

function responderOnlyLine({ lines }: IpsecProfile): readonly Fact[] {
  return lines
    .filter((line) => /^responder-only$/i.test(line.text))
    .map((line) => ({ at: line, lines: [line] }));
}

function tellAboutTemplate(tunnel: Interface, assembly: Assembly): void {
  assembly.note(
    tunnel.at,
    `On IOS each peer of ${tunnel.name} has an interface of its own; here all share one, so each must propose its own networks and not any to any.`,
  );
}
