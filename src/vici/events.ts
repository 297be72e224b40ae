/**
 * charon's events in full, as one discriminated union.
 *
 * Source: VICI README, "Server-issued events". The events that stream the items of a command (`list-sa` ...)
 * are no business of this file: the commands hand out those items. `narrow-events.ts` is the cheap way.
 */
import type { MessageCursor } from './cursor.ts';
import { protocolError } from './errors.ts';
import { decodeMessage, type Message, type Section } from './message.ts';
import { type LogFacts, readLog } from './narrow-events.ts';
import { type ChildSa, childSaFrom, type IkeSa, ikeSaFrom } from './views/ike-sa.ts';

/** Events to subscribe to. `alert` came with strongSwan 6.0.3; older ones answer VICI_UNKNOWN_EVENT. */
export const SUBSCRIBABLE_EVENTS = [
  'log',
  'ike-updown',
  'ike-rekey',
  'ike-update',
  'child-updown',
  'child-rekey',
  'alert',
] as const;

export type EventName = (typeof SUBSCRIBABLE_EVENTS)[number] | 'control-log';

export type ViciEvent =
  | ({ readonly event: 'log' | 'control-log' } & LogFacts)
  /** `up` events come once an SA is usable; without it the SA has gone, or its set-up was refused. */
  | { readonly event: 'ike-updown' | 'child-updown'; readonly isUp: boolean; readonly ikeSa: IkeSa }
  | { readonly event: 'ike-rekey'; readonly oldIkeSa: IkeSa; readonly newIkeSa: IkeSa }
  /** The addresses are the new ones; those in `ikeSa` are the old ones. */
  | {
      readonly event: 'ike-update';
      readonly localHost: string | undefined;
      readonly localPort: number | undefined;
      readonly remoteHost: string | undefined;
      readonly remotePort: number | undefined;
      readonly ikeSa: IkeSa;
    }
  | {
      readonly event: 'child-rekey';
      readonly ikeSa: IkeSa;
      readonly oldChild: ChildSa;
      readonly newChild: ChildSa;
    }
  /** `type` is one of a fixed list of causes, such as `peer-init-unreachable`. */
  | {
      readonly event: 'alert';
      readonly type: string;
      readonly ikeSa: IkeSa | undefined;
      readonly message: Message;
    };

/** Reads an event in full; undefined for one that this library doesn't know. @throws VICI_PROTOCOL */
export function decodeEvent(name: string, body: MessageCursor): ViciEvent | undefined {
  switch (name) {
    case 'log':
    case 'control-log':
      return { event: name, ...readLog(body) };
    case 'ike-updown':
    case 'child-updown': {
      const message = decodeMessage(body);
      return { event: name, isUp: message.isYes('up'), ikeSa: ikeSaFrom(onlySection(name, message)) };
    }
    case 'ike-rekey':
      return ikeRekey(onlySection(name, decodeMessage(body)));
    case 'ike-update':
      return ikeUpdate(decodeMessage(body));
    case 'child-rekey':
      return childRekey(onlySection(name, decodeMessage(body)));
    case 'alert':
      return alert(decodeMessage(body));
    default:
      return undefined;
  }
}

/** In `ike-rekey` the section `old` and `new` are the SAs; their name is that of the section around them. */
function ikeRekey(section: Section): ViciEvent {
  const renamed = (which: string): IkeSa => ({
    ...ikeSaFrom(subsection('ike-rekey', section, which)),
    name: section.name,
  });
  return { event: 'ike-rekey', oldIkeSa: renamed('old'), newIkeSa: renamed('new') };
}

function childRekey(section: Section): ViciEvent {
  const child = onlySection('child-rekey', subsection('child-rekey', section, 'child-sas'));
  return {
    event: 'child-rekey',
    ikeSa: ikeSaFrom(section),
    oldChild: childSaFrom(subsection('child-rekey', child, 'old')),
    newChild: childSaFrom(subsection('child-rekey', child, 'new')),
  };
}

function ikeUpdate(message: Message): ViciEvent {
  return {
    event: 'ike-update',
    localHost: message.get('local-host'),
    localPort: message.number('local-port'),
    remoteHost: message.get('remote-host'),
    remotePort: message.number('remote-port'),
    ikeSa: ikeSaFrom(onlySection('ike-update', message)),
  };
}

function alert(message: Message): ViciEvent {
  const [section] = message.section('ike-sa')?.sections() ?? [];
  return {
    event: 'alert',
    type: message.get('type') ?? '',
    ikeSa: section === undefined ? undefined : ikeSaFrom(section),
    message,
  };
}

function onlySection(event: string, around: Section): Section {
  const [section] = around.sections();
  if (section === undefined) throw protocolError(`a ${event} without a section`);
  return section;
}

function subsection(event: string, around: Section, name: string): Section {
  const section = around.section(name);
  if (section === undefined) throw protocolError(`a ${event} without "${name}"`);
  return section;
}
