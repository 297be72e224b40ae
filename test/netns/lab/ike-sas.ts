/**
 * IKE_SAs and CHILD_SAs as a test wants to compare them, out of what `list-sas` says.
 */
import type { Section } from '../../../src/vici/message.ts';
import { streamSas } from './vici-calls.ts';

export interface ChildSa {
  readonly name: string;
  readonly id: string;
  /** As charon spells it: INSTALLED, REKEYING, DELETED... */
  readonly state: string;
  readonly spiIn: string;
  readonly spiOut: string;
  readonly bytesIn: number;
  readonly bytesOut: number;
  readonly packetsIn: number;
  readonly packetsOut: number;
  readonly localSelectors: readonly string[];
  readonly remoteSelectors: readonly string[];
}

export interface IkeSa {
  /** Name of the connection. */
  readonly name: string;
  readonly id: string;
  readonly majorVersion: number;
  /** As charon spells it: CONNECTING, ESTABLISHED, DELETING... */
  readonly state: string;
  /** Whether this charon started it (or rekeyed it last). */
  readonly isInitiator: boolean;
  readonly localHost: string;
  readonly remoteHost: string;
  readonly remoteId: string;
  /** 16 hex digits; the same at both ends. */
  readonly initiatorSpi: string;
  /** 16 hex digits; zeros until the first answer. */
  readonly responderSpi: string;
  readonly children: readonly ChildSa[];
}

/** All IKE_SAs of the charon at `socket`; waits for those that a thread is busy with. */
export async function listSas(socket: string): Promise<IkeSa[]> {
  return (await streamSas(socket)).flatMap((message) => message.sections().map(readIkeSa));
}

/** Whether an IKE_SA and at least one of its children are up. */
export function isUp(sa: IkeSa): boolean {
  return sa.state === 'ESTABLISHED' && sa.children.some((child) => child.state === 'INSTALLED');
}

/** Both ends' names for one IKE_SA. */
export function spis(sa: IkeSa): string {
  return `${sa.initiatorSpi}_${sa.responderSpi}`;
}

function readIkeSa(section: Section): IkeSa {
  return {
    name: section.name,
    id: section.get('uniqueid') ?? '',
    majorVersion: section.number('version') ?? 0,
    state: section.get('state') ?? '',
    isInitiator: section.isYes('initiator'),
    localHost: section.get('local-host') ?? '',
    remoteHost: section.get('remote-host') ?? '',
    remoteId: section.get('remote-id') ?? '',
    initiatorSpi: section.get('initiator-spi') ?? '',
    responderSpi: section.get('responder-spi') ?? '',
    children: section.section('child-sas')?.sections().map(readChildSa) ?? [],
  };
}

function readChildSa(section: Section): ChildSa {
  return {
    name: section.get('name') ?? section.name,
    id: section.get('uniqueid') ?? '',
    state: section.get('state') ?? '',
    spiIn: section.get('spi-in') ?? '',
    spiOut: section.get('spi-out') ?? '',
    bytesIn: section.number('bytes-in') ?? 0,
    bytesOut: section.number('bytes-out') ?? 0,
    packetsIn: section.number('packets-in') ?? 0,
    packetsOut: section.number('packets-out') ?? 0,
    localSelectors: section.list('local-ts') ?? [],
    remoteSelectors: section.list('remote-ts') ?? [],
  };
}
