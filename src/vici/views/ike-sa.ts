/**
 * An IKE_SA with its CHILD_SAs in full, as `list-sas` and the SA events show it.
 *
 * Source: VICI README, "list-sa". Costs a whole tree per SA; `narrow-sa.ts` reads just what deciding needs.
 * Keys that a newer charon adds are in `section`.
 */
import { protocolError } from '../errors.ts';
import type { Section } from '../message.ts';

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

/** Reads the section of an IKE_SA. @throws VICI_PROTOCOL without `uniqueid` or `state` */
export function ikeSaFrom(section: Section): IkeSa {
  return {
    name: section.name,
    uniqueid: required(section, 'uniqueid'),
    version: section.get('version') === '1' ? 1 : 2,
    state: required(section, 'state'),
    localHost: section.get('local-host'),
    localPort: section.number('local-port'),
    localId: section.get('local-id'),
    remoteHost: section.get('remote-host'),
    remotePort: section.number('remote-port'),
    remoteId: section.get('remote-id'),
    remoteXauthId: section.get('remote-xauth-id'),
    remoteEapId: section.get('remote-eap-id'),
    isInitiator: section.isYes('initiator'),
    initiatorSpi: section.get('initiator-spi'),
    responderSpi: section.get('responder-spi'),
    isLocalBehindNat: section.isYes('nat-local'),
    isRemoteBehindNat: section.isYes('nat-remote'),
    isNatFaked: section.isYes('nat-fake'),
    algorithms: algorithmsFrom(section),
    establishedSeconds: section.number('established'),
    rekeySeconds: section.number('rekey-time'),
    reauthSeconds: section.number('reauth-time'),
    localVirtualAddresses: section.list('local-vips') ?? [],
    remoteVirtualAddresses: section.list('remote-vips') ?? [],
    tasksQueued: section.list('tasks-queued') ?? [],
    tasksActive: section.list('tasks-active') ?? [],
    tasksPassive: section.list('tasks-passive') ?? [],
    // In `child-rekey` a child's section holds `old` and `new` instead of a CHILD_SA: see events.ts.
    childSas: (section.section('child-sas')?.sections() ?? [])
      .filter((child) => child.get('uniqueid') !== undefined)
      .map(childSaFrom),
    section,
  };
}

/** Reads the section of a CHILD_SA. @throws VICI_PROTOCOL without `uniqueid` or `state` */
export function childSaFrom(section: Section): ChildSa {
  return {
    name: section.get('name') ?? section.name,
    uniqueid: required(section, 'uniqueid'),
    reqid: section.get('reqid'),
    state: required(section, 'state'),
    mode: section.get('mode'),
    protocol: section.get('protocol'),
    isEncapsulated: section.isYes('encap'),
    spiIn: section.get('spi-in'),
    spiOut: section.get('spi-out'),
    algorithms: algorithmsFrom(section),
    usesExtendedSequenceNumbers: section.get('esn') === '1',
    inbound: {
      bytes: section.number('bytes-in') ?? 0,
      packets: section.number('packets-in') ?? 0,
      idleSeconds: section.number('use-in'),
    },
    outbound: {
      bytes: section.number('bytes-out') ?? 0,
      packets: section.number('packets-out') ?? 0,
      idleSeconds: section.number('use-out'),
    },
    rekeySeconds: section.number('rekey-time'),
    lifeSeconds: section.number('life-time'),
    installedSeconds: section.number('install-time'),
    localTrafficSelectors: section.list('local-ts') ?? [],
    remoteTrafficSelectors: section.list('remote-ts') ?? [],
    section,
  };
}

/** RFC 9370 has room for seven. */
const ADDITIONAL_KEY_EXCHANGES = ['ake1', 'ake2', 'ake3', 'ake4', 'ake5', 'ake6', 'ake7'];

function algorithmsFrom(section: Section): Algorithms {
  const additionalKeyExchanges: string[] = [];
  for (const name of ADDITIONAL_KEY_EXCHANGES) {
    const method = section.get(name);
    if (method !== undefined) additionalKeyExchanges.push(method);
  }
  return {
    encryption: section.get('encr-alg'),
    encryptionKeyBits: section.number('encr-keysize'),
    integrity: section.get('integ-alg'),
    integrityKeyBits: section.number('integ-keysize'),
    prf: section.get('prf-alg'),
    dhGroup: section.get('dh-group'),
    additionalKeyExchanges,
  };
}

function required(section: Section, key: string): string {
  const value = section.get(key);
  if (value === undefined) throw protocolError(`an SA without "${key}"`);
  return value;
}
