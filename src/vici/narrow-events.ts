/**
 * Reads of the SA events and of `log` just what deciding needs, straight from the bytes.
 *
 * Source: VICI README, "Server-issued events". An SA is the one section in such an event, named after its
 * connection; the scalar keys around it are about the event.
 */
import type { MessageCursor } from './cursor.ts';
import { protocolError } from './errors.ts';
import { NameSet } from './name-set.ts';
import { type ChildSaFacts, type IkeSaFacts, readChildSa, readIkeSa } from './narrow-sa.ts';
import { SECTION_START } from './wire.ts';

/** `ike-updown`; also `child-updown`, whose one child is in `ikeSa.children`. */
export interface UpdownFacts {
  readonly isUp: boolean;
  readonly ikeSa: IkeSaFacts;
}

/** `ike-rekey`: the uniqueid changes, and perhaps which end is the initiator. */
export interface IkeRekeyFacts {
  readonly oldIkeSa: IkeSaFacts;
  readonly newIkeSa: IkeSaFacts;
}

/** `child-rekey`: the IKE_SA stays (its `children` are empty here), the child's uniqueid changes. */
export interface ChildRekeyFacts {
  readonly ikeSa: IkeSaFacts;
  readonly oldChild: ChildSaFacts;
  readonly newChild: ChildSaFacts;
}

/** `ike-update`: the endpoint moves; `ikeSa` still has the old addresses. */
export interface IkeUpdateFacts {
  readonly localHost: string;
  readonly remoteHost: string;
  readonly ikeSa: IkeSaFacts;
}

/** `log` and `control-log`. */
export interface LogFacts {
  /** Subsystem, such as `IKE` or `ENC`. */
  readonly group: string;
  /** 0 or 1 in `log`, whatever charon's log files are set to. */
  readonly level: number;
  /** Name of the connection; empty if the line is about none. */
  readonly ikesaName: string;
  readonly ikesaUniqueid: string;
  readonly message: string;
}

/** Reads `ike-updown` and `child-updown`. `up` is `yes` or absent, never `no`. @throws VICI_PROTOCOL */
export function readUpdown(body: MessageCursor): UpdownFacts {
  let isUp = false;
  let ikeSa: IkeSaFacts | undefined;
  while (body.nextField()) {
    if (body.kind === SECTION_START) ikeSa = readIkeSa(body);
    else if (body.nameIs('up')) isUp = body.textIs('yes');
  }
  return { isUp, ikeSa: present(ikeSa, 'an updown event without an IKE_SA') };
}

/** Reads `ike-rekey`. @throws VICI_PROTOCOL */
export function readIkeRekey(body: MessageCursor): IkeRekeyFacts {
  let oldIkeSa: IkeSaFacts | undefined;
  let newIkeSa: IkeSaFacts | undefined;
  const name = enterFirstSection(body);
  while (body.nextField()) {
    if (body.kind !== SECTION_START) continue;
    if (body.nameIs('old')) oldIkeSa = readIkeSa(body, name);
    else if (body.nameIs('new')) newIkeSa = readIkeSa(body, name);
  }
  return {
    oldIkeSa: present(oldIkeSa, 'an ike-rekey without "old"'),
    newIkeSa: present(newIkeSa, 'an ike-rekey without "new"'),
  };
}

/** Reads `child-rekey`. @throws VICI_PROTOCOL */
export function readChildRekey(body: MessageCursor): ChildRekeyFacts {
  // Two passes over a rare event keep the reader of an IKE_SA free of this case.
  const ikeSa = readUpdown(body.restart()).ikeSa;
  let oldChild: ChildSaFacts | undefined;
  let newChild: ChildSaFacts | undefined;
  enterFirstSection(body);
  while (body.nextField()) {
    if (body.kind !== SECTION_START || !body.nameIs('child-sas')) continue;
    body.enter();
    const name = enterFirstSection(body);
    while (body.nextField()) {
      if (body.kind !== SECTION_START) continue;
      if (body.nameIs('old')) oldChild = readChildSa(body, name);
      else if (body.nameIs('new')) newChild = readChildSa(body, name);
    }
    break;
  }
  return {
    ikeSa,
    oldChild: present(oldChild, 'a child-rekey without "old"'),
    newChild: present(newChild, 'a child-rekey without "new"'),
  };
}

/** Reads `ike-update`. @throws VICI_PROTOCOL */
export function readIkeUpdate(body: MessageCursor): IkeUpdateFacts {
  let localHost = '';
  let remoteHost = '';
  let ikeSa: IkeSaFacts | undefined;
  while (body.nextField()) {
    if (body.kind === SECTION_START) ikeSa = readIkeSa(body);
    else if (body.nameIs('local-host')) localHost = body.text();
    else if (body.nameIs('remote-host')) remoteHost = body.text();
  }
  return { localHost, remoteHost, ikeSa: present(ikeSa, 'an ike-update without an IKE_SA') };
}

const LOG_KEYS = new NameSet('group', 'level', 'ikesa-name', 'ikesa-uniqueid', 'msg');

/** Reads `log` and `control-log`. @throws VICI_PROTOCOL */
export function readLog(body: MessageCursor): LogFacts {
  let group = '';
  let level = 0;
  let ikesaName = '';
  let ikesaUniqueid = '';
  let message = '';
  while (body.nextField()) {
    switch (body.nameIn(LOG_KEYS)) {
      case 'group':
        group = body.text();
        break;
      case 'level':
        level = body.number();
        break;
      case 'ikesa-name':
        ikesaName = body.text();
        break;
      case 'ikesa-uniqueid':
        ikesaUniqueid = body.text();
        break;
      case 'msg':
        message = body.text();
        break;
      default:
    }
  }
  return { group, level, ikesaName, ikesaUniqueid, message };
}

/** Goes into the first subsection and gives its name. */
function enterFirstSection(cursor: MessageCursor): string {
  while (cursor.nextField()) {
    if (cursor.kind !== SECTION_START) continue;
    cursor.enter();
    return cursor.name();
  }
  throw protocolError('an event without an SA');
}

function present<Facts>(facts: Facts | undefined, otherwise: string): Facts {
  if (facts === undefined) throw protocolError(otherwise);
  return facts;
}
