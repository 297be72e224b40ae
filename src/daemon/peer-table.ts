/**
 * Which peers there are: the operator's services matched with charon's connections.
 *
 * Text in, definitions out; knows nothing of IKE_SAs.
 */

import { entryContains, parseAddress, parseHostAddress } from '../config/addresses.ts';
import type { Config, Family, PeerListEntry, ServiceConfig } from '../config/model.ts';
import { matchesGlobs } from '../config/names.ts';
import type { PeerSetup } from '../policy/events.ts';
import type { PeerSettings } from '../policy/settings.ts';
import type { ChildConfigFacts, ConnectionFacts } from '../vici/index.ts';

/** One peer as configured. */
export interface PeerDefinition {
  /** Unique: `SERVICE/NAME`. */
  readonly key: string;
  readonly service: string;
  /** The address as listed, or the connection's name in a service without a peer list. */
  readonly name: string;
  readonly address: string;
  readonly connection: string | null;
  readonly setup: PeerSetup;
}

export interface PeerTable {
  readonly peers: readonly PeerDefinition[];
  /** What an operator should know: connections claimed twice, peers with more than one connection. */
  readonly warnings: readonly string[];
}

export function buildPeerTable(config: Config, connections: readonly ConnectionFacts[]): PeerTable {
  const isObserved = config.mode === 'observe';
  const warnings: string[] = [];
  const claimed = new Map<string, string>();
  const peers: PeerDefinition[] = [];
  for (const service of config.services) {
    const free = connections.filter((connection) => {
      if (!matchesGlobs(service.connectionGlobs, connection.name) || isBypass(connection)) return false;
      if (service.bind !== null && !isFrom(service.bind, connection)) return false;
      const owner = claimed.get(connection.name);
      if (owner !== undefined && service.peerList === null) {
        warnings.push(
          `connection ${connection.name} belongs to service ${owner}; service ${service.name} leaves it alone`,
        );
      }
      return owner === undefined;
    });
    const ofService = service.peerList
      ? listedPeers(service, service.peerList, free, warnings, isObserved)
      : free.map((connection) => ownPeer(service, connection, isObserved));
    for (const peer of ofService) {
      if (peer.connection !== null) claimed.set(peer.connection, service.name);
      peers.push(peer);
    }
  }
  return { peers, warnings };
}

function listedPeers(
  service: ServiceConfig,
  entries: readonly PeerListEntry[],
  connections: readonly ConnectionFacts[],
  warnings: string[],
  isObserved: boolean,
): PeerDefinition[] {
  const family = entries[0]?.family ?? 'ipv4';
  const byAddress = new Map<string, ConnectionFacts[]>();
  for (const connection of connections) {
    const address = canonical(connection.remoteAddresses[0] ?? '%any', family);
    const others = byAddress.get(address);
    if (others) others.push(connection);
    else byAddress.set(address, [connection]);
  }
  return entries.map((entry) => {
    // charon lists connections in the order of a hash table: which one is a peer's mustn't depend on that.
    const fitting = (byAddress.get(entry.text) ?? []).toSorted((a, b) => (a.name < b.name ? -1 : 1));
    const [connection = null, ...others] = fitting;
    for (const { name } of others) {
      warnings.push(
        `connections ${connection?.name} and ${name} both lead to ${entry.text}; service ${service.name} looks after ${connection?.name} and leaves ${name} alone`,
      );
    }
    return define(service, entry.text, entry.text, !entry.passive, connection, isObserved);
  });
}

function ownPeer(service: ServiceConfig, connection: ConnectionFacts, isObserved: boolean): PeerDefinition {
  const first = connection.remoteAddresses[0] ?? '%any';
  return define(service, connection.name, canonical(first), isCallable(first), connection, isObserved);
}

function define(
  service: ServiceConfig,
  name: string,
  address: string,
  isHost: boolean,
  connection: ConnectionFacts | null,
  isObserved: boolean,
): PeerDefinition {
  return {
    key: `${service.name}/${name}`,
    service: service.name,
    name,
    address,
    connection: connection?.name ?? null,
    setup: {
      settings: settingsOf(service, address, connection),
      children: connection?.children.filter(isTunnel).map((child) => child.name) ?? [],
      isConfigured: connection !== null,
      isCallable: isHost && service.deploymentMode === 'site-to-site',
      isObserved,
    },
  };
}

function settingsOf(
  service: ServiceConfig,
  address: string,
  connection: ConnectionFacts | null,
): PeerSettings {
  const byName = connection ? service.overrides.get(connection.name) : undefined;
  return service.overrides.get(address) ?? byName ?? service.settings;
}

/** A CHILD_SA, and not a bypass or drop policy: those are there without any IKE_SA. */
function isTunnel({ mode }: ChildConfigFacts): boolean {
  return mode !== 'PASS' && mode !== 'DROP';
}

function isBypass({ children }: ConnectionFacts): boolean {
  return children.length > 0 && !children.some(isTunnel);
}

/** R13: charon can call a host address or a name that it resolves itself, not a subnet, a range or a wildcard. */
function isCallable(remoteAddress: string): boolean {
  const parsed = parseAddress(remoteAddress, 'ipv4');
  if (parsed.ok) return parsed.value.kind === 'host';
  return /^[A-Za-z0-9]/.test(remoteAddress) && !/[/%]/.test(remoteAddress);
}

/** True if charon may use this connection from our address `bind`. */
function isFrom(bind: string, { localAddresses }: ConnectionFacts): boolean {
  const family = parseHostAddress(bind)?.family ?? 'ipv4';
  return (
    localAddresses.length === 0 ||
    localAddresses.some((local) => {
      const parsed = parseAddress(local, family);
      return parsed.ok && entryContains(parsed.value, bind);
    })
  );
}

/** @param family what a bare `%any` stands for */
function canonical(remoteAddress: string, family: Family = 'ipv4'): string {
  const parsed = parseAddress(remoteAddress, family);
  return parsed.ok ? parsed.value.text : remoteAddress;
}
