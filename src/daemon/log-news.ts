/**
 * What charon's log says that no event says. The texts differ between versions, so each is only a hint:
 * everything that follows from one is checked against `list-sas` before anything is ended.
 */

import { type LogFacts, type MessageCursor, readLog } from '../vici/index.ts';
import type { News } from './charon.ts';
import { connectionName } from './translate-facts.ts';

/** `ADDR is initiating an IKE_SA` (5.9), `ADDR is initiating a Main Mode IKE_SA` (IKEv1), `... IKE_SA NAME[id]` (6.0.6). */
const PEER_CALLS = /^(\S+) is initiating /;

/**
 * `initiating IKE_SA NAME[id] to ADDR`, `initiating Main Mode IKE_SA NAME[id] to ADDR`. An IKE_SA that begins
 * another one (rekeying, reauthentication, dpd_action = restart) logs it under its own id: what comes of that
 * only the list tells. (Seen on 5.9.8.)
 */
const WE_CALL = /^initiating (?:\S{1,12} ){0,4}IKE_SA .{0,255}\[(\d{1,10})\] to /;

/** R6: anything but IKE_AUTH that could be decrypted; `INFORMATIONAL_V1` in IKEv1. */
const PROOF = /^parsed (?:INFORMATIONAL|CREATE_CHILD_SA)/;

/** An own call that dies in silence raises no event. */
const CALL_ENDED = /^(?:giving up after|establishing IKE_SA failed)/;

/** charon's words for causes that an operator should see. */
const TROUBLE =
  /notify error|no IKE config found|no matching peer config|no shared key found|no private key found|authentication of .* failed|constraint|MAC mismatched|unable to resolve|no acceptable|TS_UNACCEPTABLE|failed to establish CHILD_SA|peer not responding|error writing to socket|invalid HASH_V1 payload length|due to existing duplicate|received INITIAL_CONTACT/;

/** `added vici connection: NAME`, `updated ...`, `replaced ...`, `removed ...`. */
const CONNECTIONS = /^(?:added|updated|replaced|removed) vici connection/;

/**
 * How the lines begin that come with each packet or each set-up and tear-down that goes well: most of a busy charon's log,
 * and never of interest. What isn't known by its beginning is looked at in full.
 */
const ROUTINE = [
  'sending packet: from ',
  'sending DPD request',
  'received packet: from ',
  'generating ',
  'parsed IKE_',
  'sending DELETE for ',
  'deleting IKE_SA ',
  'IKE_SA deleted',
  'vici initiate ',
  'vici terminate ',
  'selected proposal: ',
  'establishing CHILD_SA ',
  'scheduling re',
  'maximum IKE_SA lifetime ',
];

/** What the line in a `log` event tells. @throws VICI_PROTOCOL */
export function readLogEvent(body: MessageCursor): News[] {
  while (body.nextField()) {
    if (body.nameIs('msg') && isRoutine(body)) return [];
  }
  return readLogNews(readLog(body.restart()));
}

function isRoutine(message: MessageCursor): boolean {
  for (const beginning of ROUTINE) {
    if (message.textStartsWith(beginning)) return true;
  }
  return false;
}

/** @returns what the line tells, in order; mostly nothing */
export function readLogNews(line: LogFacts): News[] {
  const connection = connectionName(line.ikesaName);
  const id = line.ikesaUniqueid;
  const about = (news: (News & { type: 'peer' })['news']): News[] =>
    connection === null ? [] : [{ type: 'peer', connection, address: null, news }];
  switch (line.group) {
    case 'ENC':
      if (id !== '' && PROOF.test(line.message)) return about({ type: 'proven', id });
      break;
    case 'CFG':
      if (CONNECTIONS.test(line.message)) return [{ type: 'connections' }];
      break;
    case 'IKE': {
      const call = connection === null ? PEER_CALLS.exec(line.message) : null;
      if (call?.[1] && id !== '') {
        return [{ type: 'peer', connection: null, address: call[1], news: { type: 'peer-calls', id } }];
      }
      const begun = id === '' ? undefined : WE_CALL.exec(line.message)?.[1];
      if (begun !== undefined)
        return about(begun === id ? { type: 'call-seen', id } : { type: 'look-again' });
      if (CALL_ENDED.test(line.message)) {
        return about({ type: 'given-up', id, text: line.message });
      }
      break;
    }
    default:
  }
  return TROUBLE.test(line.message) ? about({ type: 'trouble', text: line.message }) : [];
}
