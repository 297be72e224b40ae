/**
 * What an answer of the other end leads to, exchange by exchange.
 */

import { ask, callAgain, heard, next, queue } from './charon-asking.ts';
import type { CharonCore } from './charon-core.ts';
import { childMade, dropChild, establish, firstChild, REKEYED_MS, succeed } from './charon-life.ts';
import type { Answer, IkeMessage, Request } from './ike-message.ts';
import { hasWon, type ModelIkeSa, type Task } from './ike-sa.ts';

/** strongSwan asks again so long after a TEMPORARY_FAILURE. */
const RETRY_MS: readonly [number, number] = [5_000, 15_000];

/** An answer to what is being asked. */
export function receiveAnswer(core: CharonCore, sa: ModelIkeSa, message: IkeMessage, answer: Answer): void {
  const { open } = sa;
  if (!open || open.message.id !== message.id) return;
  // Only a cookie may be asked for twice under one id; anything else is an answer to a former call.
  if (sa.state !== 'CONNECTING') heard(core, sa);
  open.cancel();
  sa.open = null;
  sa.nextRequestId += 1;
  const { request } = open;
  switch (request.type) {
    case 'init':
      initAnswered(core, sa, message, answer);
      return;
    case 'auth':
      authAnswered(core, sa, request, answer);
      return;
    case 'create-child':
      childAnswered(core, sa, request, answer);
      break;
    case 'rekey-ike':
      ikeRekeyAnswered(core, sa, request, answer);
      break;
    case 'delete-ike':
      core.tellDeleted(sa);
      core.destroy(sa);
      callAgain(core, sa);
      return;
    case 'delete-child':
      dropChild(core, sa, request.key);
      break;
    case 'probe':
      break;
  }
  next(core, sa);
}

function initAnswered(core: CharonCore, sa: ModelIkeSa, message: IkeMessage, answer: Answer): void {
  if (answer.type === 'cookie-wanted') {
    sa.nextRequestId = 0;
    ask(core, sa, { type: 'init', hasCookie: true });
  } else if (answer.type === 'init-answer') {
    sa.responderSpi = message.responderSpi;
    const [first] = sa.tasks;
    const child = first?.type === 'create-child' ? { name: first.name, key: core.childKey() } : null;
    if (child) sa.tasks.shift();
    const { unique } = core.configOf(sa) ?? { unique: 'no' };
    const isInitialContact = unique !== 'never' && core.liveWith(sa.remote).length === 0;
    ask(core, sa, { type: 'auth', child, isInitialContact });
  } else {
    refused(core, sa);
  }
}

function authAnswered(
  core: CharonCore,
  sa: ModelIkeSa,
  request: Request & { type: 'auth' },
  answer: Answer,
): void {
  if (answer.type !== 'auth-answer') {
    refused(core, sa);
    return;
  }
  establish(core, sa);
  if (request.child && answer.hasChild) {
    firstChild(core, sa, request.child);
  }
  next(core, sa);
}

function refused(core: CharonCore, sa: ModelIkeSa): void {
  core.tell(sa, { type: 'trouble', text: 'received NO_PROPOSAL_CHOSEN notify error' }, true);
  core.tell(sa, { type: 'ike-down', id: sa.id, state: 'CONNECTING' });
  core.destroy(sa);
}

function childAnswered(
  core: CharonCore,
  sa: ModelIkeSa,
  request: Request & { type: 'create-child' },
  answer: Answer,
): void {
  const old = request.rekeys === null ? undefined : sa.children.find(({ key }) => key === request.rekeys);
  const crossing = old?.crossing;
  if (answer.type !== 'create-child-answer') {
    if (old && crossing) {
      crossing.made.isRedundant = false;
      return;
    }
    if (old && answer.type === 'child-not-found') {
      sa.children = sa.children.filter((child) => child !== old);
      core.tellChild(sa, old, false);
      core.watcher.onChanged(sa.remote);
      sa.tasks.push({ type: 'create-child', name: request.name });
      return;
    }
    if (old) old.state = 'INSTALLED';
    else if (answer.type === 'child-refused') return;
    const [low, high] = RETRY_MS;
    const again: Task = old
      ? { type: 'rekey-child', key: old.key }
      : { type: 'create-child', name: request.name };
    sa.timers.push(core.after(core.dice.between(low, high), () => !sa.isDestroyed && queue(core, sa, again)));
    return;
  }
  // Crossing, the other end was quicker and has deleted the old one: charon, too, then ends what it has made itself.
  const isTooLate = request.rekeys !== null && old === undefined;
  if (isTooLate || (crossing && !hasWon(request, answer, crossing.lowestNonce))) {
    for (const child of sa.children) if (child.name === request.name) child.isRedundant = false;
    const lost = core.install(sa, request.name, request.key);
    lost.state = 'REKEYED';
    lost.isOutbound = false;
    sa.tasks.unshift({ type: 'delete-child', key: lost.key });
    return;
  }
  if (crossing) crossing.made.state = 'REKEYED';
  childMade(core, sa, request);
  if (old) old.isOutbound = false;
  if (old) sa.tasks.unshift({ type: 'delete-child', key: old.key });
}

function ikeRekeyAnswered(
  core: CharonCore,
  sa: ModelIkeSa,
  request: Request & { type: 'rekey-ike' },
  answer: Answer,
): void {
  const { crossing } = sa;
  if (answer.type !== 'rekey-ike-answer') {
    sa.state = 'ESTABLISHED';
    const [low, high] = RETRY_MS;
    sa.timers.push(
      core.after(
        core.dice.between(low, high),
        () => !sa.isDestroyed && queue(core, sa, { type: 'rekey-ike' }),
      ),
    );
    return;
  }
  const ours = { isInitiator: true, initiatorSpi: request.newSpi, responderSpi: answer.newSpi };
  if (!crossing) {
    succeed(core, sa, ours);
    sa.tasks = [{ type: 'delete-ike' }];
  } else if (hasWon(request, answer, crossing.lowestNonce)) {
    succeed(core, sa, ours);
    sa.tasks = [{ type: 'delete-ike' }];
    redundant(core, sa, crossing.made, 'REKEYED');
  } else {
    succeed(core, sa, crossing.made);
    ask(core, redundant(core, sa, ours, 'DELETING'), { type: 'delete-ike' });
  }
}

/** What the rekeying that has lost has made; the end that began it deletes it. */
function redundant(
  core: CharonCore,
  { connection, remote, startedBy, lineBornMs }: ModelIkeSa,
  made: Pick<ModelIkeSa, 'isInitiator' | 'initiatorSpi' | 'responderSpi'>,
  state: 'REKEYED' | 'DELETING',
): ModelIkeSa {
  const sa = core.add({ connection, remote, startedBy, lineBornMs, state, isRedundant: true, ...made });
  sa.timers.push(core.after(REKEYED_MS, () => !sa.isDestroyed && core.destroy(sa)));
  return sa;
}
