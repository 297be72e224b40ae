/**
 * Reads of a connection just what deciding about its peers needs, straight from the bytes of `list-conn`.
 *
 * Source: VICI README, "list-conn". charon doesn't list everything that was loaded: `keyingtries`,
 * `life_time`, `mobike` and others never show, nor does `start_action` (read in strongSwan up to 6.0.6; it is
 * read here in case a later one shows it).
 */
import type { MessageCursor } from './cursor.ts';
import { protocolError } from './errors.ts';
import { NameSet } from './name-set.ts';
import { snug } from './snug.ts';
import { LIST_START, SECTION_START } from './wire.ts';

export interface ChildConfigFacts {
  readonly name: string;
  /** `TUNNEL`, `TRANSPORT`, `PASS` ... */
  readonly mode: string;
  /** `none`, `trap` or `start`; null where charon doesn't list it. */
  readonly startAction: string | null;
  readonly dpdAction: string | null;
  readonly closeAction: string | null;
  /** 0 = never. */
  readonly rekeySeconds: number;
}

export interface ConnectionFacts {
  readonly name: string;
  /** `IKEv1`, `IKEv2` or `IKEv1/2`. */
  readonly version: string;
  readonly localAddresses: readonly string[];
  readonly remoteAddresses: readonly string[];
  /** `UNIQUE_NO`, `UNIQUE_NEVER`, `UNIQUE_REPLACE` or `UNIQUE_KEEP`. */
  readonly unique: string;
  /** null = dead peer detection is off. */
  readonly dpdDelaySeconds: number | null;
  /** 0 = never. */
  readonly rekeySeconds: number;
  /** 0 = never. */
  readonly reauthSeconds: number;
  /** What the sections `local...` and `remote...` say, as one text: equal texts mean equal authentication. */
  readonly authentication?: string;
  readonly children: readonly ChildConfigFacts[];
}

const CONNECTION_KEYS = new NameSet(
  'version',
  'local_addrs',
  'remote_addrs',
  'unique',
  'dpd_delay',
  'rekey_time',
  'reauth_time',
  'children',
);

const CHILD_KEYS = new NameSet('mode', 'start_action', 'dpd_action', 'close_action', 'rekey_time');

/** Reads a `list-conn` item: the one connection in it. @throws VICI_PROTOCOL */
export function readConnection(item: MessageCursor): ConnectionFacts {
  while (item.nextField()) {
    if (item.kind === SECTION_START) return readConnectionSection(item);
  }
  throw protocolError('a list-conn without a connection');
}

function readConnectionSection(cursor: MessageCursor): ConnectionFacts {
  const name = cursor.name();
  let version = '';
  let localAddresses: readonly string[] = [];
  let remoteAddresses: readonly string[] = [];
  let unique = '';
  let dpdDelaySeconds: number | null = null;
  let rekeySeconds = 0;
  let reauthSeconds = 0;
  const authentication: string[] = [];
  let children: readonly ChildConfigFacts[] = [];
  cursor.enter();
  while (cursor.nextField()) {
    switch (cursor.nameIn(CONNECTION_KEYS)) {
      case 'version':
        version = cursor.text();
        break;
      case 'local_addrs':
        localAddresses = snug(cursor.items());
        break;
      case 'remote_addrs':
        remoteAddresses = snug(cursor.items());
        break;
      case 'unique':
        unique = cursor.text();
        break;
      case 'dpd_delay':
        dpdDelaySeconds = cursor.number();
        break;
      case 'rekey_time':
        rekeySeconds = cursor.number();
        break;
      case 'reauth_time':
        reauthSeconds = cursor.number();
        break;
      case 'children':
        children = readChildren(cursor);
        break;
      default:
        // `local-1`, `remote-1` ... are the only other sections.
        if (cursor.kind === SECTION_START) authentication.push(`${cursor.name()} {`, ...textsOf(cursor), '}');
    }
  }
  return {
    name,
    version,
    localAddresses,
    remoteAddresses,
    unique,
    dpdDelaySeconds,
    rekeySeconds,
    reauthSeconds,
    // Put together at once: V8 keeps what is appended piece by piece as a tree of the pieces, several times as large.
    authentication: authentication.join(''),
    children,
  };
}

/** All fields of the section that the cursor has just opened, a text each. */
function textsOf(cursor: MessageCursor): string[] {
  const texts: string[] = [];
  cursor.enter();
  while (cursor.nextField()) {
    const name = cursor.name();
    if (cursor.kind === SECTION_START) texts.push(`${name} {`, ...textsOf(cursor), '}');
    else
      texts.push(
        `${name} = ${JSON.stringify(cursor.kind === LIST_START ? cursor.items() : cursor.text())}; `,
      );
  }
  return texts;
}

function readChildren(cursor: MessageCursor): ChildConfigFacts[] {
  const children: ChildConfigFacts[] = [];
  cursor.enter();
  while (cursor.nextField()) {
    if (cursor.kind === SECTION_START) children.push(readChild(cursor));
  }
  return snug(children);
}

function readChild(cursor: MessageCursor): ChildConfigFacts {
  const name = cursor.name();
  let mode = '';
  let startAction: string | null = null;
  let dpdAction: string | null = null;
  let closeAction: string | null = null;
  let rekeySeconds = 0;
  cursor.enter();
  while (cursor.nextField()) {
    switch (cursor.nameIn(CHILD_KEYS)) {
      case 'mode':
        mode = cursor.text();
        break;
      case 'start_action':
        startAction = cursor.text();
        break;
      case 'dpd_action':
        dpdAction = cursor.text();
        break;
      case 'close_action':
        closeAction = cursor.text();
        break;
      case 'rekey_time':
        rekeySeconds = cursor.number();
        break;
      default:
    }
  }
  return { name, mode, startAction, dpdAction, closeAction, rekeySeconds };
}
