/**
 * The rekeying of an IKE_SA (RFC 7296, 2.18): a new one takes over the CHILD_SAs, with new SPIs, a new id at each
 * end, and the end that asked as its initiator. Who asked deletes the old one.
 *
 * charon refuses it while a CHILD_SA is being rekeyed by its own end (2.25.2).
 */

import type { CharonDraft } from './charon-draft.ts';
import { factsOf, type Kind, type Message, NOW_MS, type Sa } from './world.ts';

/** How long one that was replaced waits for the DELETE of the other end. */
const REKEYED_MS = 30_000;

export function answerIkeRekey(draft: CharonDraft, message: Message, sa: Sa): void {
  draft.tell({ type: 'proven', id: sa.id });
  const isBusy = sa.request?.kind === 'rekey' || sa.request?.kind === 'delete';
  if (sa.state !== 'ESTABLISHED' || isBusy) {
    draft.replyTo(message, sa.id, 'refusal');
    return;
  }
  draft.replyTo(message, sa.id, 'ike-rekey-answer');
  const queue = replace(draft, sa, message.newSpi, false);
  draft.change(sa.id, { state: 'REKEYED', isReplaced: true, request: null, dueMs: NOW_MS + REKEYED_MS });
  begin(draft, message.newSpi, queue);
}

export function finishIkeRekey(draft: CharonDraft, message: Message, sa: Sa): void {
  if (message.kind === 'refusal') {
    draft.change(sa.id, { state: 'ESTABLISHED' });
    draft.next(sa.id);
    return;
  }
  const newSpi = sa.request?.newSpi ?? '';
  const queue = replace(draft, sa, newSpi, true);
  draft.change(sa.id, { state: 'REKEYED', isReplaced: true, request: null, dueMs: null });
  draft.request(sa.id, 'delete');
  begin(draft, newSpi, queue);
}

/** @returns what was queued on the old one, and is done on the new one */
function replace(draft: CharonDraft, sa: Sa, spi: string, isInitiator: boolean): readonly Kind[] {
  const id = draft.nextId();
  const { tunnel, rekeys, queue } = sa;
  draft.add({ id, spi, rspi: `${spi}f`, tunnel, isInitiator, isNamed: true, rekeys, state: 'ESTABLISHED' });
  draft.planProbe(id);
  draft.change(sa.id, { queue: [] });
  draft.tell({ type: 'ike-rekeyed', oldId: sa.id, ikeSa: { ...factsOf(draft.get(id)), children: [] } });
  return queue;
}

function begin(draft: CharonDraft, spi: string, queue: readonly Kind[]): void {
  const { id } = draft.sas.find((one) => one.spi === spi) ?? { id: '' };
  for (const kind of queue) draft.ask(id, kind);
}
