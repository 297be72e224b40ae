/**
 * Reads of an IKE_SA just what deciding about it needs, straight from the bytes.
 *
 * For programs that see thousands of SAs: nothing else of the message is turned into strings or objects. The
 * full view is `views/ike-sa.ts`. Source of the keys: VICI README, "list-sa".
 */
import type { MessageCursor } from './cursor.ts';
import { protocolError } from './errors.ts';
import { NameSet } from './name-set.ts';
import { snug } from './snug.ts';
import { SECTION_START } from './wire.ts';

export interface ChildSaFacts {
  /** Name of the CHILD_SA's configuration. */
  readonly name: string;
  readonly uniqueid: string;
  /** As charon prints it: `INSTALLED`, `REKEYED`, `DELETED` ... */
  readonly state: string;
  readonly reqid: string;
  /** SPIs in hex, 8 digits; empty where charon doesn't say. */
  readonly spiIn: string;
  readonly spiOut: string;
  /** One of several that charon makes on purpose, one for each CPU (from 6.0.2). */
  readonly isPerCpu: boolean;
  /** Packets received so far; 0 where charon doesn't say. */
  readonly packetsIn: number;
}

export interface IkeSaFacts {
  /** Name of the connection, or `(unnamed)` while charon hasn't chosen one. */
  readonly name: string;
  readonly uniqueid: string;
  /** As charon prints it: `CONNECTING`, `ESTABLISHED`, `DELETING` ... */
  readonly state: string;
  /** Whether we are the initiator of this very IKE_SA; a rekeying by the other end turns it over. */
  readonly isInitiator: boolean;
  readonly remoteHost: string;
  readonly remoteId: string;
  /** SPIs in hex, 16 digits; the responder's is all zeros while it hasn't answered. */
  readonly initiatorSpi: string;
  readonly responderSpi: string;
  /** A request of ours has no answer yet (`tasks-active`); the next one waits for that. */
  readonly isBusy: boolean;
  readonly children: readonly ChildSaFacts[];
}

const IKE_SA_KEYS = new NameSet(
  'uniqueid',
  'state',
  'remote-host',
  'remote-id',
  'initiator',
  'initiator-spi',
  'responder-spi',
  'tasks-active',
  'child-sas',
);

const CHILD_SA_KEYS = new NameSet(
  'name',
  'uniqueid',
  'state',
  'reqid',
  'spi-in',
  'spi-out',
  'per-cpu-sas',
  'packets-in',
);

/** Reads a `list-sa` item: the one IKE_SA in it. @throws VICI_PROTOCOL */
export function readListSa(item: MessageCursor): IkeSaFacts {
  while (item.nextField()) {
    if (item.kind === SECTION_START) return readIkeSa(item);
  }
  throw protocolError('a list-sa without an IKE_SA');
}

/** Reads the IKE_SA whose section the cursor has just opened, up to its end. @throws VICI_PROTOCOL */
export function readIkeSa(cursor: MessageCursor, name: string = cursor.name()): IkeSaFacts {
  let uniqueid = '';
  let state = '';
  let isInitiator = false;
  let remoteHost = '';
  let remoteId = '';
  let initiatorSpi = '';
  let responderSpi = '';
  let isBusy = false;
  let children: readonly ChildSaFacts[] = [];
  cursor.enter();
  while (cursor.nextField()) {
    switch (cursor.nameIn(IKE_SA_KEYS)) {
      case 'uniqueid':
        uniqueid = cursor.text();
        break;
      case 'state':
        state = cursor.text();
        break;
      case 'initiator':
        isInitiator = cursor.textIs('yes');
        break;
      case 'remote-host':
        remoteHost = cursor.text();
        break;
      case 'remote-id':
        remoteId = cursor.text();
        break;
      case 'initiator-spi':
        initiatorSpi = cursor.text();
        break;
      case 'responder-spi':
        responderSpi = cursor.text();
        break;
      case 'tasks-active':
        isBusy = cursor.items().length > 0;
        break;
      case 'child-sas':
        children = readChildren(cursor);
        break;
      default:
    }
  }
  if (uniqueid === '' || state === '') throw protocolError('an IKE_SA without uniqueid or state');
  return {
    name,
    uniqueid,
    state,
    isInitiator,
    remoteHost,
    remoteId,
    initiatorSpi,
    responderSpi,
    isBusy,
    children,
  };
}

/** Reads the CHILD_SA whose section the cursor has just opened, up to its end. @throws VICI_PROTOCOL */
export function readChildSa(cursor: MessageCursor, sectionName: string = cursor.name()): ChildSaFacts {
  let name = sectionName;
  let uniqueid = '';
  let state = '';
  let reqid = '';
  let spiIn = '';
  let spiOut = '';
  let isPerCpu = false;
  let packetsIn = 0;
  cursor.enter();
  while (cursor.nextField()) {
    switch (cursor.nameIn(CHILD_SA_KEYS)) {
      case 'name':
        name = cursor.text();
        break;
      case 'uniqueid':
        uniqueid = cursor.text();
        break;
      case 'state':
        state = cursor.text();
        break;
      case 'reqid':
        reqid = cursor.text();
        break;
      case 'spi-in':
        spiIn = cursor.text();
        break;
      case 'spi-out':
        spiOut = cursor.text();
        break;
      case 'per-cpu-sas':
        isPerCpu = cursor.textIs('yes');
        break;
      case 'packets-in':
        packetsIn = cursor.number();
        break;
      default:
    }
  }
  return { name, uniqueid, state, reqid, spiIn, spiOut, isPerCpu, packetsIn };
}

/** In `child-rekey` the sections hold `old` and `new` instead (`narrow-events.ts`): those aren't listed. */
function readChildren(cursor: MessageCursor): ChildSaFacts[] {
  const children: ChildSaFacts[] = [];
  cursor.enter();
  while (cursor.nextField()) {
    if (cursor.kind !== SECTION_START) continue;
    const child = readChildSa(cursor);
    if (child.uniqueid !== '') children.push(child);
  }
  return snug(children);
}
