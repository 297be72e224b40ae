/**
 * A StarOS text to a gateway: one service for each `wsg-service` and each crypto map, one connection for each peer.
 *
 * A service without a peer list only answers, as StarOS has it ("Security Gateway as Initiator"): its one connection is for
 * any peer. A subnet or wildcard of a list gets a connection of its own and can't be called either.
 */
import { parseHostAddress } from '../../config/addresses.ts';
import { carry } from '../cisco/commands.ts';
import {
  type Connection,
  type Note,
  type PeerList,
  type Secret,
  type Service,
  sectionName,
} from '../gateway-model.ts';
import { Names } from '../names.ts';
import { OUTPUT_FILES } from '../output-files.ts';
import type { Reader, Reading } from '../reader.ts';
import type { CryptoProfile } from './ike-forms.ts';
import { MODE } from './modes.ts';
import { keyIn, type PeerListFact } from './peer-lists.ts';
import { peerListOf, type ServiceFact } from './services.ts';
import { type Shared, sharedSettings } from './settings.ts';
import { readText, type StarosText } from './text.ts';

/** Beyond this nothing could be loaded in a time that anybody waits. */
const CHILDREN_MAX = 100_000;

interface Building {
  readonly text: StarosText;
  readonly reading: Reading;
  readonly names: Names;
  readonly listNames: ReadonlyMap<PeerListFact, string>;
  readonly connections: Connection[];
  readonly services: Service[];
  readonly secrets: Secret[];
  readonly notes: Note[];
  /** CHILD_SAs so far. */
  children: number;
}

/** Reads a StarOS configuration. */
export const readStaros: Reader = (reading) => {
  const text = readText(reading);
  const notes: Note[] = [];
  const peerLists = namePeerLists(text, notes, reading);
  const building: Building = {
    text,
    reading,
    names: new Names(),
    listNames: new Map(peerLists.map(({ fact, list }) => [fact, list.name])),
    connections: [],
    services: [],
    secrets: [],
    notes,
    children: 0,
  };
  for (const service of text.services.values()) addService(service, building);
  for (const profile of text.profiles.values()) if (profile.kind === 'map') addMap(profile, building);
  dropUnused(text, reading);
  const { connections, services, secrets } = building;
  return {
    connections,
    services,
    secrets,
    notes,
    peerLists: [...new Set(peerLists.map(({ list }) => list))],
    interfaces: [],
    unfinished: [],
  };
};

function namePeerLists(
  { peerLists }: StarosText,
  notes: Note[],
  { report }: Reading,
): readonly { readonly fact: PeerListFact; readonly list: PeerList }[] {
  const names = new Names();
  const named: { fact: PeerListFact; list: PeerList }[] = [];
  for (const fact of peerLists.values()) {
    const addresses = [...fact.entries.keys()];
    // Contexts may each have a copy of one list.
    const same = named.find(
      ({ fact: other, list }) => other.name === fact.name && isSame(list, fact.family, addresses),
    );
    const name = same?.list.name ?? names.give([fact.name, `${fact.context ?? ''}${fact.name}`], 'list');
    if (name !== fact.name)
      notes.push({
        at: fact.at,
        text: `Peer list ${fact.name} of context ${fact.context ?? ''} is called ${name}, as there is one of the same name.`,
      });
    const kept = fact.lines.filter((line) => !fact.aside.has(line));
    carry([{ at: fact.at, lines: kept }], `${OUTPUT_FILES.policy} peer-lists.${name}`, report);
    named.push({ fact, list: same?.list ?? { name, at: fact.at, family: fact.family, addresses } });
  }
  return named;
}

function isSame(list: PeerList, family: PeerList['family'], addresses: readonly string[]): boolean {
  return list.family === family && list.addresses.join() === addresses.join();
}

function addService(service: ServiceFact, building: Building): void {
  const { text, reading, names, listNames, notes } = building;
  const name = names.give([service.name, `${service.context ?? ''}${service.name}`], 'service');
  if (name !== service.name)
    notes.push({
      at: service.at,
      text: `wsg-service ${service.name} is called ${name} here: names have letters and digits, each once.`,
    });
  const own = service.lines.filter((line) => line !== service.accessList?.at && !service.aside.has(line));
  carry([{ at: service.at, lines: own }], `${OUTPUT_FILES.policy} services.${name}`, reading.report);
  const list = peerListOf(service, text.peerLists, reading);
  if (list !== null) noteLateChanges(service, list, notes);
  const isRemoteAccess = service.deploymentMode?.value === 'remote-access';
  if (service.deploymentMode === null)
    notes.push({
      at: service.at,
      text: `${service.name} says no deployment-mode; it is taken for site-to-site.`,
    });
  building.services.push({
    name,
    at: service.at,
    context: service.context,
    deploymentMode: isRemoteAccess ? 'remote-access' : 'site-to-site',
    bind: service.bind?.value.text ?? null,
    peerListName: list === null ? null : (listNames.get(list) ?? null),
    connections: [`${name}-*`],
    ...(list === null && !isRemoteAccess ? { policy: 'responder-only' as const } : {}),
    ...(service.responderModeSeconds === null ? {} : { responderModeSeconds: service.responderModeSeconds }),
    ...(service.initiatorModeSeconds === null ? {} : { initiatorModeSeconds: service.initiatorModeSeconds }),
    peers: new Map(),
  });
  const key = keyIn(service.context, service.templateName ?? '');
  const profile = text.profiles.get(`${MODE.template}\n${key}`);
  if (profile === undefined) {
    const what =
      service.templateName === null
        ? 'no crypto template'
        : `crypto template ${service.templateName}, which is not in the text`;
    notes.push({
      at: service.bind?.at ?? service.at,
      text: `${service.name} has ${what}: it gets no connections.`,
    });
    return;
  }
  const family = service.bind?.value.family ?? list?.family ?? 'ipv4';
  const local = profile.localId ?? service.bind?.value.text ?? null;
  const ids = local === null ? [] : [local];
  const shared = take(
    sharedSettings(
      profile,
      { name, family, accessListName: service.accessList?.value ?? null, ids },
      text,
      reading,
    ),
    building,
  );
  if (service.accessList !== null)
    reading.report.carried(
      service.accessList.at,
      `${OUTPUT_FILES.connections} connections.${name}-*.children`,
    );
  if (service.bind !== null)
    reading.report.carried(service.bind.at, `${OUTPUT_FILES.connections} ${name}-ike`);
  const ends = { localAddress: service.bind?.value.text ?? null, localId: local };
  if (list === null) {
    building.connections.push(connection(`${name}-any`, ['%any'], null, ends, service.at, shared));
    return;
  }
  building.children += list.entries.size * shared.children.length;
  if (building.children > CHILDREN_MAX) {
    reading.refusals.add(
      service.at,
      'too-many',
      `with ${service.name} there would be more than ${CHILDREN_MAX} CHILD_SAs`,
      'Split the peer lists or the access lists over several gateways.',
    );
    return;
  }
  for (const { at, range } of list.entries.values()) {
    const remoteId = range.kind === 'host' ? range.text : null;
    const one = connection(sectionName(name, range.text), [range.text], remoteId, ends, at, shared);
    building.connections.push(one);
    reading.report.carried(at, `${OUTPUT_FILES.connections} connections.${one.name}`);
  }
}

/** StarOS allows no change of a list that a service refers to; afteryou does, so it is only told. */
function noteLateChanges(service: ServiceFact, list: PeerListFact, notes: Note[]): void {
  const use = service.peerList?.at;
  const late = list.lines.find(
    (line) => use !== undefined && line.file === use.file && line.number > use.number,
  );
  if (late === undefined) return;
  notes.push({
    at: late,
    text: `StarOS refuses a change of peer list ${list.name} while ${service.name} refers to it; the list is taken as it is at the end. In afteryou a list may change at any time.`,
  });
}

function addMap(profile: CryptoProfile, building: Building): void {
  const { text, reading, names, notes } = building;
  const peer = profile.peer === null ? null : parseHostAddress(profile.peer);
  if (peer === null) {
    notes.push({
      at: profile.at,
      text: `crypto map ${profile.name} has no peer with an address: it is left out.`,
    });
    return;
  }
  const name = names.give([profile.name, `${profile.context ?? ''}${profile.name}`], 'map');
  const own = text.mapAddresses.get(keyIn(profile.context, profile.name));
  const localAddress = own === undefined ? null : (parseHostAddress(own)?.text ?? null);
  const localId = profile.localId ?? localAddress;
  const remoteId = profile.remoteId ?? peer.text;
  const owner = {
    name,
    family: peer.family,
    accessListName: profile.accessList,
    ids: [localId, remoteId].filter((id) => id !== null),
  };
  const shared = take(sharedSettings(profile, owner, text, reading), building);
  building.connections.push(
    connection(
      sectionName(name, peer.text),
      [peer.text],
      remoteId,
      { localAddress, localId },
      profile.at,
      shared,
    ),
  );
  reading.report.carried(profile.at, `${OUTPUT_FILES.policy} services.${name}`);
  notes.push({
    at: profile.at,
    text: `crypto map ${profile.name} initiates on traffic; here its peer is waited for and then called.`,
  });
  building.services.push({
    name,
    at: profile.at,
    context: profile.context,
    deploymentMode: 'site-to-site',
    bind: localAddress,
    peerListName: null,
    connections: [`${name}-*`],
    peers: new Map(),
  });
}

function take(shared: Shared, { secrets, notes }: Building): Shared {
  if (shared.secret !== null) secrets.push(shared.secret);
  notes.push(...shared.notes);
  return shared;
}

function connection(
  name: string,
  remoteAddresses: readonly string[],
  remoteId: string | null,
  ends: Pick<Connection, 'localAddress' | 'localId'>,
  at: Connection['at'],
  { ike, children }: Shared,
): Connection {
  return { name, at, settings: ike, ...ends, remoteAddresses, remoteId, children, ifId: null };
}

/** What nothing refers to: its lines were understood, but there is nowhere to put them. */
function dropUnused(text: StarosText, { report }: Reading): void {
  for (const facts of [text.ikeSets, text.ipsecSets, text.accessLists, text.profiles])
    for (const { lines } of facts.values()) for (const line of lines) report.dropped(line, 'nothing uses it');
  for (const { payloads } of text.profiles.values())
    for (const { lines } of payloads) for (const line of lines) report.dropped(line, 'nothing uses it');
}
