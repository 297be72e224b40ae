/**
 * Asking: calls, one request at a time on each IKE_SA, retransmission, and what silence leads to.
 *
 * As seen on strongSwan 5.9.8: silence raises no event while CONNECTING; a DELETE waits for the exchange under way,
 * not for what is queued with it (`tasks-queued`), and is retransmitted while the IKE_SA is DELETING; one that doesn't answer is dropped as ESTABLISHED.
 */

import type { CharonCore, ConnectionConfig } from './charon-core.ts';
import type { IkeMessage, Request } from './ike-message.ts';
import { isLive, type ModelIkeSa, NO_SPI, type Task } from './ike-sa.ts';

const TASKS_MAX = 64;

/** A DELETE that waits longer comes into a world that has moved on. */
const PUT_OFF_MS = 1_000;

/** A new IKE_SA, whatever is there. The log says it under the name of the one that it is to take the place of, if so. */
export function call(
  core: CharonCore,
  config: ConnectionConfig,
  child: string | null,
  isInPlace = false,
): ModelIkeSa {
  const sa = core.add({
    connection: config.name,
    remote: config.remote,
    state: 'CONNECTING',
    isInitiator: true,
    initiatorSpi: core.dice.spi(),
    responderSpi: NO_SPI,
    startedBy: core.address,
    sequencesLeft: config.keyingTries === 0 ? Number.POSITIVE_INFINITY : config.keyingTries,
  });
  if (child !== null) sa.tasks.push({ type: 'create-child', name: child });
  core.tell(sa, isInPlace ? { type: 'look-again' } : { type: 'call-seen', id: sa.id }, true);
  core.watcher.trace(`calls, IKE_SA ${sa.id} ${sa.initiatorSpi}`);
  core.watcher.onCall(config.remote);
  ask(core, sa, { type: 'init', hasCookie: false });
  return sa;
}

/** Something to be asked of an established IKE_SA, now or after what is being asked. */
export function queue(core: CharonCore, sa: ModelIkeSa, task: Task): void {
  if (sa.tasks.length < TASKS_MAX) sa.tasks.push(task);
  next(core, sa);
}

/** Asks the next thing if nothing is being asked. */
export function next(core: CharonCore, sa: ModelIkeSa): void {
  while (!sa.open && !sa.isDestroyed && sa.state !== 'CONNECTING') {
    const task = sa.tasks.find(({ type }) => type === 'delete-ike') ?? sa.tasks[0];
    if (!task) return;
    sa.tasks = sa.tasks.filter((one) => one !== task);
    // One that goes, or that has gone to its successor, only deletes itself.
    if (!isLive(sa) && task.type !== 'delete-ike') continue;
    begin(core, sa, task);
  }
}

function begin(core: CharonCore, sa: ModelIkeSa, task: Task): void {
  switch (task.type) {
    case 'probe':
      ask(core, sa, { type: 'probe' });
      return;
    case 'delete-child': {
      const child = sa.children.find(({ key }) => key === task.key);
      if (!child) return;
      if (child.state === 'REKEYED') child.isRedundant = true;
      child.state = 'DELETING';
      ask(core, sa, { type: 'delete-child', key: task.key });
      return;
    }
    case 'create-child':
      // charon: "not establishing CHILD_SA due to existing duplicate"; looks only within the IKE_SA.
      if (sa.children.some(({ name, state }) => name === task.name && !state.startsWith('DELET'))) return;
      ask(core, sa, {
        type: 'create-child',
        name: task.name,
        key: core.childKey(),
        rekeys: null,
        nonce: core.dice.next(),
      });
      return;
    case 'rekey-child': {
      const old = sa.children.find((child) => child.key === task.key && child.state === 'INSTALLED');
      if (!old) return;
      old.state = 'REKEYING';
      ask(core, sa, {
        type: 'create-child',
        name: old.name,
        key: core.childKey(),
        rekeys: old.key,
        nonce: core.dice.next(),
      });
      return;
    }
    case 'rekey-ike':
      if (sa.state !== 'ESTABLISHED') return;
      sa.state = 'REKEYING';
      // Its log speaks of a call then, too.
      core.tell(sa, { type: 'look-again' }, true);
      ask(core, sa, { type: 'rekey-ike', newSpi: core.dice.spi(), nonce: core.dice.next() });
      return;
    case 'delete-former': {
      const former = core.sas.get(task.id);
      if (former && isLive(former)) queue(core, former, { type: 'delete-ike' });
      return;
    }
    case 'delete-ike':
      if (isLive(sa)) {
        const isPutOff = core.nowMs - (task.askedMs ?? core.nowMs) > PUT_OFF_MS;
        if (task.why === 'replaced' && isPutOff) core.watcher.onLost(sa, 'replaced-late');
        else if (task.why) core.watcher.onLost(sa, task.why);
        else if (isPutOff) core.watcher.onLost(sa, 'put-off');
        // Its events come when it is gone.
        sa.state = 'DELETING';
        core.watcher.trace(`deletes IKE_SA ${sa.id} ${sa.initiatorSpi}`);
        core.watcher.onChanged(sa.remote);
      } else if (sa.state === 'REKEYED') {
        sa.isRedundant = true;
        sa.state = 'DELETING';
      }
      ask(core, sa, { type: 'delete-ike' });
      return;
  }
}

export function ask(core: CharonCore, sa: ModelIkeSa, request: Request): void {
  core.watcher.trace(`IKE_SA ${sa.id} asks ${JSON.stringify(request)}`);
  const message: IkeMessage = {
    from: core.address,
    to: sa.remote,
    initiatorSpi: sa.initiatorSpi,
    responderSpi: sa.responderSpi,
    isFromInitiator: sa.isInitiator,
    id: sa.nextRequestId,
    request,
    answer: null,
  };
  sa.open?.cancel();
  sa.open = { message, request, tries: 0, cancel: () => undefined };
  transmit(core, sa);
}

function transmit(core: CharonCore, sa: ModelIkeSa): void {
  const { open } = sa;
  if (!open) return;
  const { retransmitMs, retransmitBase, retransmitTries } = core.traits;
  if (open.tries > retransmitTries) {
    giveUp(core, sa);
    return;
  }
  core.send(open.message);
  const waitMs = retransmitMs * retransmitBase ** open.tries;
  open.tries += 1;
  open.cancel = core.after(waitMs, () => transmit(core, sa));
}

function giveUp(core: CharonCore, sa: ModelIkeSa): void {
  core.watcher.trace(`gives up IKE_SA ${sa.id} ${sa.initiatorSpi} in ${sa.state}`);
  core.tell(sa, { type: 'given-up', id: sa.id, text: 'giving up after 5 retransmits' }, true);
  if (sa.state === 'CONNECTING') {
    sa.sequencesLeft -= 1;
    if (sa.sequencesLeft > 0) {
      // What IKE_AUTH was to bring is asked for again with the next try.
      const asked = sa.open?.request;
      if (asked?.type === 'auth' && asked.child)
        sa.tasks.unshift({ type: 'create-child', name: asked.child.name });
      sa.open = null;
      sa.initiatorSpi = core.dice.spi();
      sa.responderSpi = NO_SPI;
      sa.nextRequestId = 0;
      core.tell(sa, { type: 'call-seen', id: sa.id }, true);
      ask(core, sa, { type: 'init', hasCookie: false });
      return;
    }
    core.destroy(sa);
  } else if (isLive(sa)) {
    core.tellDown(sa, 'ESTABLISHED');
    core.watcher.onLost(sa, 'no-answer');
    core.destroy(sa);
    const config = core.configOf(sa);
    if (config?.restartsOnLoss) callAll(core, config);
  } else {
    core.tellDeleted(sa);
    core.destroy(sa);
    callAgain(core, sa);
  }
}

/** In place of an IKE_SA that goes or has gone, with all children. */
export function callAll(core: CharonCore, config: ConnectionConfig): ModelIkeSa {
  const [first = null, ...others] = config.children;
  const sa = call(core, config, first, true);
  for (const name of others) sa.tasks.push({ type: 'create-child', name });
  return sa;
}

/** Break-before-make: the old one is gone, so now the new one. */
export function callAgain(core: CharonCore, sa: ModelIkeSa): void {
  const config = core.configOf(sa);
  if (sa.callsAgain && config) callAll(core, config);
}

/** Something of the peer could be decrypted: it is alive, and charon's log says so. */
export function heard(core: CharonCore, sa: ModelIkeSa): void {
  sa.lastHeardMs = core.nowMs;
  core.tell(sa, { type: 'proven', id: sa.id }, true);
}
