/**
 * The answering end of each exchange, and what strongSwan's `unique` does there.
 *
 * Uniqueness is checked by the responder of IKE_AUTH only, among what is established by then: so a peer with
 * `replace` ends its own IKE_SA 10 s after a crossing, whether the other one lives or not (seen on 5.9.8, 6.0.6).
 */

import { callAgain, heard, queue } from './charon-asking.ts';
import type { CharonCore, ConnectionConfig } from './charon-core.ts';
import { childMade, dropChild, establish, firstChild, succeed } from './charon-life.ts';
import type { Answer, IkeMessage, Request } from './ike-message.ts';
import { isLive, isPassing, type ModelIkeSa, NO_SPI } from './ike-sa.ts';

const REPLACE_AFTER_MS = 10_000;

/** A first message: IKE_SA_INIT. */
export function receiveInit(
  core: CharonCore,
  message: IkeMessage,
  request: Request & { type: 'init' },
): void {
  const halfOpen = [...core.sas.values()].filter(
    (sa) => sa.remote === message.from && sa.connection === null,
  );
  const known = [...core.sas.values()].find(
    (sa) => sa.remote === message.from && !sa.isInitiator && sa.initiatorSpi === message.initiatorSpi,
  );
  if (known) {
    if (known.state === 'CONNECTING' && known.lastAnswer?.id === 0) core.send(known.lastAnswer);
    return;
  }
  if (halfOpen.length >= core.traits.blockThreshold) return;
  if (halfOpen.length >= core.traits.cookieThresholdIp && !request.hasCookie) {
    core.send(answerTo(message, NO_SPI, { type: 'cookie-wanted' }));
    return;
  }
  if (!core.connectionTo(message.from)) {
    core.send(answerTo(message, NO_SPI, { type: 'refused' }));
    return;
  }
  const sa = core.add({
    connection: null,
    remote: message.from,
    state: 'CONNECTING',
    isInitiator: false,
    initiatorSpi: message.initiatorSpi,
    responderSpi: core.dice.spi(),
    startedBy: message.from,
    nextPeerRequestId: 1,
  });
  sa.timers.push(
    core.after(core.traits.halfOpenMs, () => {
      if (sa.state === 'CONNECTING' && !sa.isDestroyed) core.destroy(sa);
    }),
  );
  core.tell(sa, { type: 'peer-calls', id: sa.id }, true);
  if (core.connectionTo(sa.remote)?.refuses === 'proposal') {
    refuse(core, sa, message);
    return;
  }
  answer(core, sa, message, { type: 'init-answer' });
}

function answerTo(message: IkeMessage, responderSpi: string, answer: Answer): IkeMessage {
  const { from, to, initiatorSpi, isFromInitiator, id } = message;
  return {
    from: to,
    to: from,
    initiatorSpi,
    responderSpi,
    isFromInitiator: !isFromInitiator,
    id,
    request: null,
    answer,
  };
}

function answer(core: CharonCore, sa: ModelIkeSa, message: IkeMessage, given: Answer): void {
  sa.lastAnswer = answerTo(message, sa.responderSpi, given);
  core.watcher.trace(`IKE_SA ${sa.id} answers ${JSON.stringify(message.request)} ${given.type}`);
  core.send(sa.lastAnswer);
}

/** Any later request on an IKE_SA that is there. */
export function receiveRequest(
  core: CharonCore,
  sa: ModelIkeSa,
  message: IkeMessage,
  request: Request,
): void {
  if (message.id === sa.nextPeerRequestId - 1 && sa.lastAnswer?.id === message.id) {
    core.send(sa.lastAnswer);
    return;
  }
  if (message.id !== sa.nextPeerRequestId || isIgnored(sa, request)) return;
  sa.nextPeerRequestId += 1;
  if (request.type === 'auth') {
    receiveAuth(core, sa, message, request);
    return;
  }
  heard(core, sa);
  if (request.type === 'delete-ike') receiveDelete(core, sa, message);
  else answer(core, sa, message, carryOut(core, sa, request));
}

/** charon: "ignoring CREATE_CHILD_SA in IKE_SA state CONNECTING", or REKEYED. */
function isIgnored(sa: ModelIkeSa, request: Request): boolean {
  if (sa.state === 'CONNECTING') return sa.isInitiator;
  return sa.state === 'REKEYED' && (request.type === 'create-child' || request.type === 'rekey-ike');
}

function receiveAuth(
  core: CharonCore,
  sa: ModelIkeSa,
  message: IkeMessage,
  request: Request & { type: 'auth' },
): void {
  const connection = core.connectionTo(sa.remote);
  if (sa.state !== 'CONNECTING') return;
  sa.connection = connection?.name ?? null;
  if (!connection || connection.refuses === 'secret') {
    refuse(core, sa, message);
    return;
  }
  const others = core.liveWith(sa.remote);
  if (request.isInitialContact && connection.unique !== 'never') {
    for (const other of others) {
      core.tellDown(other, 'ESTABLISHED');
      core.watcher.onLost(other, 'initial-contact');
      core.destroy(other);
    }
  } else if (connection.unique === 'replace') {
    for (const other of others) scheduleDelete(core, other);
  }
  establish(core, sa);
  const { child } = request;
  const hasChild = child !== null && hasFitting(connection, child.name);
  if (hasChild) firstChild(core, sa, child);
  answer(core, sa, message, { type: 'auth-answer', hasChild });
}

function refuse(core: CharonCore, sa: ModelIkeSa, message: IkeMessage): void {
  core.tell(sa, { type: 'ike-down', id: sa.id, state: 'CONNECTING' });
  answer(core, sa, message, { type: 'refused' });
  core.destroy(sa);
}

function scheduleDelete(core: CharonCore, duplicate: ModelIkeSa): void {
  core.watcher.trace(`schedules delete of duplicate IKE_SA ${duplicate.id} ${duplicate.initiatorSpi}`);
  core.after(REPLACE_AFTER_MS, () => {
    if (!duplicate.isDestroyed && isLive(duplicate)) {
      queue(core, duplicate, { type: 'delete-ike', why: 'replaced', askedMs: core.nowMs });
    }
  });
}

function receiveDelete(core: CharonCore, sa: ModelIkeSa, message: IkeMessage): void {
  // The peer hasn't seen that we rekey too: what it made is the successor.
  if (sa.crossing) succeed(core, sa, sa.crossing.made);
  if (isLive(sa) || (sa.state === 'DELETING' && !sa.isRedundant)) {
    core.tellDown(sa, 'DELETING');
    core.watcher.trace(`IKE_SA ${sa.id} ${sa.initiatorSpi} deleted by the peer`);
  }
  sa.state = 'DELETING';
  answer(core, sa, message, { type: 'empty-answer' });
  core.destroy(sa);
  callAgain(core, sa);
}

function carryOut(core: CharonCore, sa: ModelIkeSa, request: Request): Answer {
  switch (request.type) {
    case 'create-child':
      return createChild(core, sa, request);
    case 'delete-child': {
      const name = dropChild(core, sa, request.key);
      for (const one of sa.children) if (one.name === name && isPassing(one)) one.isOutbound = true;
      return { type: 'empty-answer' };
    }
    case 'rekey-ike': {
      const asked = sa.open?.request.type;
      const isCrossing = sa.state === 'REKEYING' && asked === 'rekey-ike';
      if (!isCrossing && (sa.state !== 'ESTABLISHED' || asked === 'create-child')) {
        return { type: 'temporary-failure' };
      }
      const [newSpi, nonce] = [core.dice.spi(), core.dice.next()];
      const made = { isInitiator: false, initiatorSpi: request.newSpi, responderSpi: newSpi };
      if (isCrossing) sa.crossing = { made, lowestNonce: Math.min(request.nonce, nonce) };
      else succeed(core, sa, made);
      return { type: 'rekey-ike-answer', newSpi, nonce };
    }
    default:
      return { type: 'empty-answer' };
  }
}

/** Without a connection it is one that was taken away meanwhile: charon goes on with what it had. */
function hasFitting(connection: ConnectionConfig | undefined, child: string): boolean {
  return connection === undefined || (connection.children.includes(child) && connection.refuses !== 'child');
}

function createChild(core: CharonCore, sa: ModelIkeSa, request: Request & { type: 'create-child' }): Answer {
  if (sa.state !== 'ESTABLISHED') return { type: 'temporary-failure' };
  if (!hasFitting(core.configOf(sa), request.name)) return { type: 'child-refused' };
  const old = request.rekeys === null ? null : sa.children.find(({ key }) => key === request.rekeys);
  if (old === undefined || old?.state.startsWith('DELET')) return { type: 'child-not-found' };
  const { open } = sa;
  const isCrossing = open?.request.type === 'create-child' && open.request.rekeys === request.rekeys;
  if (old && old.state !== 'INSTALLED' && !isCrossing) return { type: 'temporary-failure' };
  const nonce = core.dice.next();
  const made = childMade(core, sa, request);
  made.isOutbound = old === null;
  if (old && isCrossing) {
    made.isRedundant = true;
    old.crossing = { made, lowestNonce: Math.min(request.nonce, nonce) };
  }
  return { type: 'create-child-answer', nonce };
}
