/**
 * An IKE_SA with its CHILD_SAs in full, as `list-sas` and the SA events show it.
 *
 * Source: VICI README, "list-sa". Costs a whole tree per SA; `narrow-sa.ts` reads just what deciding needs.
 * Keys that a newer charon adds are in `section`.
 */
import { protocolError } from '../errors.ts';
import type { Section } from '../message.ts';
import { type Places, perShape } from '../shape.ts';

/** Algorithms as charon names them, such as `AES_CBC`; undefined while not agreed upon. */
export interface Algorithms {
  readonly encryption: string | undefined;
  readonly encryptionKeyBits: number | undefined;
  readonly integrity: string | undefined;
  readonly integrityKeyBits: number | undefined;
  readonly prf: string | undefined;
  readonly dhGroup: string | undefined;
  /** Additional key exchanges (RFC 9370), in order. */
  readonly additionalKeyExchanges: readonly string[];
}

/** What both kinds of SA show of their traffic in one direction. */
export interface Traffic {
  /** Above 2^53 these lose precision. */
  readonly bytes: number;
  readonly packets: number;
  /** Seconds since the last packet; undefined if there was none. */
  readonly idleSeconds: number | undefined;
}

export interface ChildSa {
  /** Name of the CHILD_SA's configuration. */
  readonly name: string;
  readonly uniqueid: string;
  readonly reqid: string | undefined;
  /** As charon prints it: `INSTALLED`, `REKEYED`, `DELETED` ... */
  readonly state: string;
  readonly mode: string | undefined;
  readonly protocol: string | undefined;
  readonly isEncapsulated: boolean;
  /** SPIs in hex. */
  readonly spiIn: string | undefined;
  readonly spiOut: string | undefined;
  readonly algorithms: Algorithms;
  readonly usesExtendedSequenceNumbers: boolean;
  readonly inbound: Traffic;
  readonly outbound: Traffic;
  readonly rekeySeconds: number | undefined;
  readonly lifeSeconds: number | undefined;
  readonly installedSeconds: number | undefined;
  readonly localTrafficSelectors: readonly string[];
  readonly remoteTrafficSelectors: readonly string[];
  readonly section: Section;
}

export interface IkeSa {
  /** Name of the connection, or `(unnamed)` while charon hasn't chosen one. */
  readonly name: string;
  readonly uniqueid: string;
  readonly version: 1 | 2;
  /** As charon prints it: `CONNECTING`, `ESTABLISHED`, `DELETING` ... */
  readonly state: string;
  readonly localHost: string | undefined;
  readonly localPort: number | undefined;
  readonly localId: string | undefined;
  readonly remoteHost: string | undefined;
  readonly remotePort: number | undefined;
  readonly remoteId: string | undefined;
  readonly remoteXauthId: string | undefined;
  readonly remoteEapId: string | undefined;
  /** Whether we are the initiator of this very IKE_SA; a rekeying by the other end turns it over. */
  readonly isInitiator: boolean;
  /** SPIs in hex, 16 digits; all zeros while unknown. */
  readonly initiatorSpi: string | undefined;
  readonly responderSpi: string | undefined;
  readonly isLocalBehindNat: boolean;
  readonly isRemoteBehindNat: boolean;
  readonly isNatFaked: boolean;
  readonly algorithms: Algorithms;
  readonly establishedSeconds: number | undefined;
  readonly rekeySeconds: number | undefined;
  readonly reauthSeconds: number | undefined;
  readonly localVirtualAddresses: readonly string[];
  readonly remoteVirtualAddresses: readonly string[];
  readonly tasksQueued: readonly string[];
  readonly tasksActive: readonly string[];
  readonly tasksPassive: readonly string[];
  readonly childSas: readonly ChildSa[];
  readonly section: Section;
}

/** RFC 9370 has room for seven. */
const ADDITIONAL_KEY_EXCHANGES = ['ake1', 'ake2', 'ake3', 'ake4', 'ake5', 'ake6', 'ake7'];

/** Where what is. Looking up sixty names in each of thousands of SAs would cost more than reading them from their bytes. */
const IKE_SA = perShape(({ keys, lists }) => ({
  uniqueid: keys.get('uniqueid'),
  version: keys.get('version'),
  state: keys.get('state'),
  localHost: keys.get('local-host'),
  localPort: keys.get('local-port'),
  localId: keys.get('local-id'),
  remoteHost: keys.get('remote-host'),
  remotePort: keys.get('remote-port'),
  remoteId: keys.get('remote-id'),
  remoteXauthId: keys.get('remote-xauth-id'),
  remoteEapId: keys.get('remote-eap-id'),
  initiator: keys.get('initiator'),
  initiatorSpi: keys.get('initiator-spi'),
  responderSpi: keys.get('responder-spi'),
  natLocal: keys.get('nat-local'),
  natRemote: keys.get('nat-remote'),
  natFake: keys.get('nat-fake'),
  established: keys.get('established'),
  rekeyTime: keys.get('rekey-time'),
  reauthTime: keys.get('reauth-time'),
  localVips: lists.get('local-vips'),
  remoteVips: lists.get('remote-vips'),
  tasksQueued: lists.get('tasks-queued'),
  tasksActive: lists.get('tasks-active'),
  tasksPassive: lists.get('tasks-passive'),
  algorithms: algorithmPlaces(keys),
}));

const CHILD_SA = perShape(({ keys, lists }) => ({
  name: keys.get('name'),
  uniqueid: keys.get('uniqueid'),
  reqid: keys.get('reqid'),
  state: keys.get('state'),
  mode: keys.get('mode'),
  protocol: keys.get('protocol'),
  encap: keys.get('encap'),
  spiIn: keys.get('spi-in'),
  spiOut: keys.get('spi-out'),
  esn: keys.get('esn'),
  bytesIn: keys.get('bytes-in'),
  packetsIn: keys.get('packets-in'),
  useIn: keys.get('use-in'),
  bytesOut: keys.get('bytes-out'),
  packetsOut: keys.get('packets-out'),
  useOut: keys.get('use-out'),
  rekeyTime: keys.get('rekey-time'),
  lifeTime: keys.get('life-time'),
  installTime: keys.get('install-time'),
  localTs: lists.get('local-ts'),
  remoteTs: lists.get('remote-ts'),
  algorithms: algorithmPlaces(keys),
}));

/** Both kinds of SA have the same keys for them. */
function algorithmPlaces(keys: Places['keys']) {
  return {
    encryption: keys.get('encr-alg'),
    encryptionKeyBits: keys.get('encr-keysize'),
    integrity: keys.get('integ-alg'),
    integrityKeyBits: keys.get('integ-keysize'),
    prf: keys.get('prf-alg'),
    dhGroup: keys.get('dh-group'),
    additionalKeyExchanges: ADDITIONAL_KEY_EXCHANGES.flatMap((name) => keys.get(name) ?? []),
  };
}

/** One for all: most lists are empty. */
const NONE: readonly string[] = Object.freeze([]);

/** Reads the section of an IKE_SA. @throws VICI_PROTOCOL without `uniqueid` or `state` */
export function ikeSaFrom(section: Section): IkeSa {
  const at = section.laidOut(IKE_SA);
  return {
    name: section.name,
    uniqueid: required(section, 'uniqueid', at.uniqueid),
    version: section.textAt(at.version) === '1' ? 1 : 2,
    state: required(section, 'state', at.state),
    localHost: section.textAt(at.localHost),
    localPort: section.numberAt(at.localPort),
    localId: section.textAt(at.localId),
    remoteHost: section.textAt(at.remoteHost),
    remotePort: section.numberAt(at.remotePort),
    remoteId: section.textAt(at.remoteId),
    remoteXauthId: section.textAt(at.remoteXauthId),
    remoteEapId: section.textAt(at.remoteEapId),
    isInitiator: section.textAt(at.initiator) === 'yes',
    initiatorSpi: section.textAt(at.initiatorSpi),
    responderSpi: section.textAt(at.responderSpi),
    isLocalBehindNat: section.textAt(at.natLocal) === 'yes',
    isRemoteBehindNat: section.textAt(at.natRemote) === 'yes',
    isNatFaked: section.textAt(at.natFake) === 'yes',
    algorithms: algorithmsFrom(section, at.algorithms),
    establishedSeconds: section.numberAt(at.established),
    rekeySeconds: section.numberAt(at.rekeyTime),
    reauthSeconds: section.numberAt(at.reauthTime),
    localVirtualAddresses: section.listAt(at.localVips) ?? NONE,
    remoteVirtualAddresses: section.listAt(at.remoteVips) ?? NONE,
    tasksQueued: section.listAt(at.tasksQueued) ?? NONE,
    tasksActive: section.listAt(at.tasksActive) ?? NONE,
    tasksPassive: section.listAt(at.tasksPassive) ?? NONE,
    childSas: childSasFrom(section.section('child-sas')),
    section,
  };
}

/** In `child-rekey` a child's section holds `old` and `new` instead of a CHILD_SA: see events.ts. */
function childSasFrom(section: Section | undefined): ChildSa[] {
  const childSas: ChildSa[] = [];
  for (const child of section?.sections() ?? []) {
    if (child.get('uniqueid') !== undefined) childSas.push(childSaFrom(child));
  }
  return childSas;
}

/** Reads the section of a CHILD_SA. @throws VICI_PROTOCOL without `uniqueid` or `state` */
export function childSaFrom(section: Section): ChildSa {
  const at = section.laidOut(CHILD_SA);
  return {
    name: section.textAt(at.name) ?? section.name,
    uniqueid: required(section, 'uniqueid', at.uniqueid),
    reqid: section.textAt(at.reqid),
    state: required(section, 'state', at.state),
    mode: section.textAt(at.mode),
    protocol: section.textAt(at.protocol),
    isEncapsulated: section.textAt(at.encap) === 'yes',
    spiIn: section.textAt(at.spiIn),
    spiOut: section.textAt(at.spiOut),
    algorithms: algorithmsFrom(section, at.algorithms),
    usesExtendedSequenceNumbers: section.textAt(at.esn) === '1',
    inbound: trafficFrom(section, at.bytesIn, at.packetsIn, at.useIn),
    outbound: trafficFrom(section, at.bytesOut, at.packetsOut, at.useOut),
    rekeySeconds: section.numberAt(at.rekeyTime),
    lifeSeconds: section.numberAt(at.lifeTime),
    installedSeconds: section.numberAt(at.installTime),
    localTrafficSelectors: section.listAt(at.localTs) ?? NONE,
    remoteTrafficSelectors: section.listAt(at.remoteTs) ?? NONE,
    section,
  };
}

type Place = number | undefined;

function trafficFrom(section: Section, bytesAt: Place, packetsAt: Place, useAt: Place): Traffic {
  return {
    bytes: section.numberAt(bytesAt) ?? 0,
    packets: section.numberAt(packetsAt) ?? 0,
    idleSeconds: section.numberAt(useAt),
  };
}

function algorithmsFrom(section: Section, at: ReturnType<typeof algorithmPlaces>): Algorithms {
  return {
    encryption: section.textAt(at.encryption),
    encryptionKeyBits: section.numberAt(at.encryptionKeyBits),
    integrity: section.textAt(at.integrity),
    integrityKeyBits: section.numberAt(at.integrityKeyBits),
    prf: section.textAt(at.prf),
    dhGroup: section.textAt(at.dhGroup),
    additionalKeyExchanges:
      at.additionalKeyExchanges.length === 0 ? NONE : additionalFrom(section, at.additionalKeyExchanges),
  };
}

function additionalFrom(section: Section, places: readonly number[]): string[] {
  return places.map((place) => section.textAt(place) ?? '');
}

function required(section: Section, key: string, place: Place): string {
  const value = section.textAt(place);
  if (value === undefined) throw protocolError(`an SA without "${key}"`);
  return value;
}
