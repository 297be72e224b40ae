/**
 * The services, peer lists and IKE_SAs as `show` tells them: the configuration and the fleet put together.
 *
 * Formats nothing and asks nobody; what charon says is handed in.
 */
import type { Config, PeerList, PeerListEntry, ServiceConfig } from '../config/model.ts';
import { SCHEMA } from '../control/api.ts';
import type {
  IkeSaDetails,
  IkeSasReport,
  ListedAddress,
  PeerListStatus,
  PeerListsReport,
  ServiceStatus,
  ServicesReport,
} from '../control/show-api.ts';
import type { IkeSa } from '../vici/index.ts';
import type { Peer } from './peer.ts';
import { connectionName } from './translate-facts.ts';

type Peers = ReadonlyMap<string, Peer>;

export function servicesReport({ services }: Config, peers: Peers): ServicesReport {
  const ofService = new Map<string, Peer[]>(services.map(({ name }) => [name, []]));
  for (const peer of peers.values()) ofService.get(peer.definition.service)?.push(peer);
  return {
    schema: SCHEMA,
    services: services.map((service) => serviceStatus(service, ofService.get(service.name) ?? [])),
  };
}

function serviceStatus(service: ServiceConfig, peers: readonly Peer[]): ServiceStatus {
  const states: Record<string, number> = {};
  for (const { state } of peers) states[state.name] = (states[state.name] ?? 0) + 1;
  const { settings } = service;
  return {
    service: service.name,
    context: service.context,
    deployment_mode: service.deploymentMode,
    bind: service.bind,
    peer_list: service.peerListName,
    connections: service.connectionGlobs,
    policy: settings.policy,
    collision: settings.collision,
    initiator_mode_seconds: settings.initiatorModeMs / 1000,
    responder_mode_seconds: settings.responderModeMs / 1000,
    peers: peers.length,
    states,
  };
}

export function peerListsReport(config: Config, peers: Peers): PeerListsReport {
  const lists = [...config.peerLists.values()];
  return { schema: SCHEMA, peer_lists: lists.map((list) => listStatus(list, config, peers)) };
}

function listStatus(
  { name, family, entries, origin }: PeerList,
  config: Config,
  peers: Peers,
): PeerListStatus {
  const services = config.services
    .filter(({ peerListName }) => peerListName === name)
    .map((service) => service.name);
  return {
    peer_list: name,
    family,
    services,
    file: origin.file,
    line: origin.line,
    addresses_max: config.limits.peersPerList,
    addresses: entries.map((entry) => listedAddress(entry, services[0], peers)),
  };
}

function listedAddress(
  { text, kind }: PeerListEntry,
  service: string | undefined,
  peers: Peers,
): ListedAddress {
  const peer = service === undefined ? undefined : peers.get(`${service}/${text}`);
  return {
    address: text,
    kind,
    state: peer?.state.name ?? null,
    connection: peer?.definition.connection ?? null,
  };
}

/** What charon was asked for: its IKE_SAs, and how each connection authenticates our end. */
export interface ListedInFull {
  readonly ikeSas: readonly IkeSa[];
  readonly authentications: ReadonlyMap<string, string>;
}

export function ikeSasReport(listed: ListedInFull, config: Config, peers: Peers): IkeSasReport {
  const byConnection = new Map([...peers.values()].map((peer) => [peer.definition.connection, peer]));
  const remoteAccess = new Set(
    config.services
      .filter(({ deploymentMode }) => deploymentMode === 'remote-access')
      .map(({ name }) => name),
  );
  const details = listed.ikeSas.map((sa) => {
    const connection = connectionName(sa.name);
    const peer = connection === null ? undefined : byConnection.get(connection);
    const isUser = peer !== undefined && remoteAccess.has(peer.definition.service);
    return ikeSaDetails(sa, peer, isUser, listed.authentications.get(sa.name) ?? null);
  });
  return { schema: SCHEMA, ike_sas: details };
}

const NO_SPI = '0000000000000000';

function ikeSaDetails(
  sa: IkeSa,
  peer: Peer | undefined,
  isUser: boolean,
  authentication: string | null,
): IkeSaDetails {
  const known = peer?.state.ikeSas.find(({ id }) => id === sa.uniqueid);
  const isOurs = known === undefined ? sa.isInitiator : known.startedBy === 'self';
  const { encryption, encryptionKeyBits, integrity, prf, dhGroup } = sa.algorithms;
  return {
    id: sa.uniqueid,
    version: sa.version,
    connection: connectionName(sa.name),
    service: peer?.definition.service ?? null,
    peer: peer?.definition.name ?? null,
    state: sa.state,
    role: isOurs ? 'initiator' : 'responder',
    type: isUser || sa.remoteVirtualAddresses.length > 0 ? 'user' : 'l2l',
    is_rekeying: isRekeying(sa),
    local: { host: sa.localHost ?? '', port: sa.localPort ?? 0, id: sa.localId ?? '' },
    remote: { host: sa.remoteHost ?? '', port: sa.remotePort ?? 0, id: sa.remoteId ?? '' },
    initiator_spi: sa.initiatorSpi ?? NO_SPI,
    responder_spi: sa.responderSpi ?? NO_SPI,
    encryption: encryption ?? null,
    encryption_bits: encryptionKeyBits ?? null,
    integrity: integrity ?? null,
    prf: prf ?? null,
    group: dhGroup ?? null,
    authentication,
    established_seconds: sa.establishedSeconds ?? null,
    rekey_seconds: sa.rekeySeconds ?? sa.reauthSeconds ?? null,
    children: sa.childSas.map(({ uniqueid, name, state }) => ({ id: uniqueid, name, state })),
  };
}

/** charon's own names of the tasks: `IKE_REKEY`, `IKE_REAUTH`, `IKE_REAUTH_COMPLETE`, `MAIN_MODE` of IKEv1's. */
function isRekeying({ state, tasksActive, tasksPassive, tasksQueued }: IkeSa): boolean {
  const tasks = [...tasksActive, ...tasksPassive, ...tasksQueued];
  return state === 'REKEYING' || tasks.some((task) => task === 'IKE_REKEY' || task.startsWith('IKE_REAUTH'));
}
