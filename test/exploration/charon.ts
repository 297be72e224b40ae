/**
 * What charon does at one end: the exchanges of IKEv2, retransmission, dead peer detection, duplicates.
 *
 * Modelled after what was seen on strongSwan 5.9.8 and 6.0.6: an own call that dies in silence, or is
 * terminated while CONNECTING, raises no event and sends nothing, so that one in IKE_AUTH lives on at the peer; a
 * DELETE waits for the exchange under way; a deleted IKE_SA is DELETING until that is answered, answers
 * retransmissions as it did before, and refuses new rekeyings (RFC 7296, 2.25.2); `initiate` uses an IKE_SA of the
 * connection that is there already; `unique=replace` deletes an older one 10 s after it answered IKE_AUTH.
 *
 * Knows one end and what it sends; the rekeying of IKE_SAs is in ike-rekeying.ts.
 */

import type { CharonDraft } from './charon-draft.ts';
import { answerIkeRekey, finishIkeRekey } from './ike-rekeying.ts';
import { childOf, factsOf, isUp, type Message, NOW_MS, type Sa } from './world.ts';

/** charon's `half_open_timeout`. */
export const HALF_OPEN_MS = 30_000;
/** After how long `unique=replace` deletes what it has marked. */
const REPLACE_AFTER_MS = 10_000;

/** `initiate`, asynchronously: nothing new if an IKE_SA of the connection is there. */
export function initiate(draft: CharonDraft): void {
  const isReused = draft.sas.some((sa) => sa.isNamed && (sa.state === 'CONNECTING' || isUp(sa)));
  if (isReused) return;
  const id = draft.nextId();
  const spi = `${draft.traits.spiPrefix}${draft.epoch}${id.padStart(6, '0')}`;
  draft.add({ id, spi, tunnel: spi, isInitiator: true, isNamed: true });
  draft.tell({ type: 'call-seen', id });
  draft.request(id, 'init');
}

/** `terminate` by `ike-id`, whatever has become of it since it was listed. @returns charon's error, or null */
export function terminate(draft: CharonDraft, id: string): string | null {
  const sa = draft.find(id);
  if (!sa) return 'no matching SAs to terminate found';
  if (sa.state === 'CONNECTING') draft.remove(id);
  else draft.ask(id, 'delete');
  return null;
}

/** `rekey` of a CHILD_SA. */
export function rekeyChild(draft: CharonDraft, childId: string): void {
  const sa = draft.sas.find((one) => isUp(one) && childOf(one).id === childId);
  if (sa && sa.request?.kind !== 'rekey' && !sa.queue.includes('rekey')) draft.ask(sa.id, 'rekey');
}

/** A message arrives. */
export function receive(draft: CharonDraft, message: Message): void {
  const sa = draft.sas.find((one) => one.spi === message.spi);
  if (message.asker === draft.side) {
    if (sa) receiveAnswer(draft, message, sa);
  } else if (!sa) {
    if (message.kind === 'init') receiveInit(draft, message);
  } else if (message.number === sa.heard) {
    if (sa.answered) draft.reply(message, sa, sa.answered);
  } else if (message.number > sa.heard) {
    answer(draft, message, sa);
  }
}

function receiveInit(draft: CharonDraft, message: Message): void {
  const id = draft.nextId();
  const { spi } = message;
  const rspi = `${spi}f${draft.epoch}`;
  const dueMs = NOW_MS + HALF_OPEN_MS;
  draft.add({ id, spi, rspi, tunnel: spi, isInitiator: false, isNamed: false, dueMs });
  draft.tell({ type: 'peer-calls', id });
  draft.replyTo(message, id, 'init-answer');
}

/** A request that wasn't heard before. */
function answer(draft: CharonDraft, message: Message, sa: Sa): void {
  const { id, state } = sa;
  // Meant for the one that was here before a restart; or it is half-open, or replaced and waits for its DELETE.
  const isRekeying = message.kind === 'rekey' || message.kind === 'ike-rekey';
  const isIgnored =
    (state === 'CONNECTING') !== (message.kind === 'auth') || (state === 'REKEYED' && isRekeying);
  if (message.rspi !== sa.rspi || isIgnored) return;
  switch (message.kind) {
    case 'auth':
      clearDuplicates(draft, message, sa);
      establish(draft, id);
      draft.replyTo(message, id, 'auth-answer');
      return;
    case 'delete':
      draft.reply(message, sa, 'delete-answer');
      draft.end(id, 'DELETING');
      return;
    case 'probe':
      draft.tell({ type: 'proven', id });
      draft.replyTo(message, id, 'probe-answer');
      return;
    case 'rekey':
      draft.tell({ type: 'proven', id });
      if (state === 'ESTABLISHED') draft.change(id, { rekeys: sa.rekeys + 1 });
      if (state === 'ESTABLISHED' && draft.traits.version === '5.9') tellRekeyed(draft, id);
      draft.replyTo(message, id, state === 'ESTABLISHED' ? 'rekey-answer' : 'refusal');
      return;
    case 'child-delete':
      draft.tell({ type: 'proven', id });
      if (draft.traits.version === '6.0') tellRekeyed(draft, id);
      draft.replyTo(message, id, 'child-delete-answer');
      return;
    case 'ike-rekey':
      answerIkeRekey(draft, message, sa);
      return;
    default:
  }
}

/** `unique`, which charon looks at only when it answers IKE_AUTH. */
function clearDuplicates(draft: CharonDraft, message: Message, sa: Sa): void {
  const { unique } = draft.traits;
  const duplicates = draft.sas.filter((one) => one.id !== sa.id && isUp(one));
  for (const { id } of duplicates) {
    if (unique !== 'never' && message.isFirst) {
      draft.end(id, 'ESTABLISHED');
    } else if (unique === 'replace') {
      draft.change(id, { deleteMs: NOW_MS + REPLACE_AFTER_MS });
    }
  }
}

function establish(draft: CharonDraft, id: string): void {
  draft.change(id, { state: 'ESTABLISHED', isNamed: true, request: null });
  draft.planProbe(id);
  const up = draft.get(id);
  // The updown event of the IKE_SA names no children; that of the CHILD_SA comes a moment later.
  draft.tell({ type: 'ike-up', ikeSa: { ...factsOf(up), children: [] } });
  draft.tell({ type: 'child-changed', ikeSa: factsOf(up) });
}

function tellRekeyed(draft: CharonDraft, id: string): void {
  const sa = draft.get(id);
  const oldChildId = childOf({ ...sa, rekeys: sa.rekeys - 1 }).id;
  draft.tell({ type: 'child-rekeyed', ikeSaId: id, oldChildId, child: childOf(sa) });
}

function receiveAnswer(draft: CharonDraft, message: Message, sa: Sa): void {
  const { request, id } = sa;
  if (request?.number !== message.number) return;
  if (message.kind !== 'refusal' && message.kind !== `${request.kind}-answer`) return;
  switch (request.kind) {
    case 'init':
      draft.change(id, { rspi: message.rspi });
      draft.request(id, 'auth');
      return;
    case 'auth':
      establish(draft, id);
      break;
    case 'delete':
      draft.end(id, 'DELETING');
      return;
    case 'probe':
      draft.tell({ type: 'proven', id });
      draft.planProbe(id);
      break;
    case 'rekey':
      draft.tell({ type: 'proven', id });
      if (message.kind === 'refusal') break;
      draft.change(id, { rekeys: sa.rekeys + 1 });
      tellRekeyed(draft, id);
      draft.request(id, 'child-delete');
      return;
    case 'child-delete':
      draft.tell({ type: 'proven', id });
      break;
    case 'ike-rekey':
      draft.tell({ type: 'proven', id });
      finishIkeRekey(draft, message, sa);
      return;
  }
  draft.next(id);
}

/** The timer of one IKE_SA that is due: retransmission, probe, expiry, a duplicate's end. */
export function fireTimer(draft: CharonDraft): void {
  const sa = draft.sas.find((one) => dueMsOf(one) <= NOW_MS);
  if (!sa) return;
  const { id, request } = sa;
  if (request && request.againMs <= NOW_MS) {
    if (request.tries >= draft.traits.triesMax) giveUp(draft, sa);
    else draft.request(id, request.kind, request);
  } else if (sa.deleteMs !== null && sa.deleteMs <= NOW_MS) {
    draft.change(id, { deleteMs: null });
    draft.ask(id, 'delete');
  } else if (isUp(sa)) {
    draft.change(id, { dueMs: null });
    if (request) draft.planProbe(id);
    else draft.ask(id, 'probe');
  } else {
    draft.remove(id);
  }
}

/** When `fireTimer` has something to do with this IKE_SA; Infinity if never. */
export function dueMsOf(sa: Sa): number {
  return Math.min(sa.request?.againMs ?? Infinity, sa.deleteMs ?? Infinity, sa.dueMs ?? Infinity);
}

function giveUp(draft: CharonDraft, sa: Sa): void {
  draft.end(sa.id, sa.state);
  // The log says that retransmission was given up; no event does.
  if (sa.state === 'CONNECTING') draft.tell({ type: 'given-up', id: sa.id, text: 'giving up' });
}

/** charon stops: a DELETE for all that is up, none of them retransmitted. Killed: not a word. */
export function stop(draft: CharonDraft, isKilled: boolean): void {
  for (const sa of isKilled ? [] : draft.sas.filter(isUp)) draft.request(sa.id, 'delete');
  draft.restart();
}
