/**
 * The asking end of each exchange: calls, requests and their retransmission, what an answer leads to.
 *
 * As seen on strongSwan 5.9.8: silence and an own call terminated while CONNECTING raise no event; a DELETE is
 * retransmitted while the IKE_SA is DELETING; an IKE_SA that doesn't answer is dropped as ESTABLISHED.
 */

import type { CharonCore, ConnectionConfig } from './charon-core.ts';
import type { Answer, IkeMessage, Request } from './ike-message.ts';
import { childFacts, ikeSaFacts, isLive, type ModelChild, type ModelIkeSa, NO_SPI, type Task } from './ike-sa.ts';

/** strongSwan asks again so long after a TEMPORARY_FAILURE. */
const RETRY_MS: readonly [number, number] = [5_000, 15_000];

/** Of a rekey_time, the share that is left to chance (rand_time). */
const RAND_SHARE = 0.1;

/** strongSwan destroys a rekeyed IKE_SA by itself if nobody deletes it. */
const REKEYED_MS = 90_000;

const TASKS_MAX = 64;

/** A DELETE that waits longer comes into a world that has moved on. */
const PUT_OFF_MS = 1_000;

/** A new IKE_SA, whatever is there. */
export function call(
  core: CharonCore,
  config: ConnectionConfig,
  child: string | null,
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
  core.tell(sa, { type: 'call-seen', id: sa.id }, true);
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
function next(core: CharonCore, sa: ModelIkeSa): void {
  while (!sa.open && !sa.isDestroyed && sa.state !== 'CONNECTING') {
    const task = sa.tasks.shift();
    if (!task) return;
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
    case 'delete-child':
      ask(core, sa, { type: 'delete-child', key: task.key });
      return;
    case 'create-child':
      // charon: "not establishing CHILD_SA due to existing duplicate"; looks only within the IKE_SA.
      if (sa.children.some((child) => child.name === task.name)) return;
      ask(core, sa, { type: 'create-child', name: task.name, key: core.childKey(), rekeys: null });
      return;
    case 'rekey-child': {
      const old = sa.children.find((child) => child.key === task.key && child.state === 'INSTALLED');
      if (!old) return;
      old.state = 'REKEYING';
      ask(core, sa, { type: 'create-child', name: old.name, key: core.childKey(), rekeys: old.key });
      return;
    }
    case 'rekey-ike':
      if (sa.state !== 'ESTABLISHED') return;
      sa.state = 'REKEYING';
      // Its log speaks of a call then, too.
      core.tell(sa, { type: 'look-again' }, true);
      ask(core, sa, { type: 'rekey-ike', newSpi: core.dice.spi() });
      return;
    case 'delete-former': {
      const former = core.sas.get(task.id);
      if (former && isLive(former)) queue(core, former, { type: 'delete-ike' });
      return;
    }
    case 'delete-ike':
      if (isLive(sa)) {
        if (task.why) core.watcher.onLost(sa, task.why);
        else if (core.nowMs - (task.askedMs ?? core.nowMs) > PUT_OFF_MS) core.watcher.onLost(sa, 'put-off');
        core.tellDown(sa, 'DELETING');
        sa.state = 'DELETING';
        core.watcher.trace(`deletes IKE_SA ${sa.id} ${sa.initiatorSpi}`);
        core.watcher.onChanged(sa.remote);
      }
      ask(core, sa, { type: 'delete-ike' });
      return;
  }
}

function ask(core: CharonCore, sa: ModelIkeSa, request: Request): void {
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
  if (sa.state === 'CONNECTING') {
    core.tell(sa, { type: 'trouble', text: 'giving up after 5 retransmits' }, true);
    core.tell(sa, { type: 'look-again' }, true);
    sa.sequencesLeft -= 1;
    if (sa.sequencesLeft > 0) {
      sa.open = null;
      sa.initiatorSpi = core.dice.spi();
      sa.responderSpi = NO_SPI;
      sa.nextRequestId = 0;
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
    core.destroy(sa);
    callAgain(core, sa);
  }
}

function callAll(core: CharonCore, config: ConnectionConfig): ModelIkeSa {
  const [first = null, ...others] = config.children;
  const sa = call(core, config, first);
  for (const name of others) sa.tasks.push({ type: 'create-child', name });
  return sa;
}

/** Break-before-make: the old one is gone, so now the new one. */
export function callAgain(core: CharonCore, sa: ModelIkeSa): void {
  const config = core.configOf(sa);
  if (sa.callsAgain && config) callAll(core, config);
}

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
      ikeRekeyAnswered(core, sa, request.newSpi, answer);
      break;
    case 'delete-ike':
      core.destroy(sa);
      callAgain(core, sa);
      return;
    case 'delete-child':
      sa.children = sa.children.filter((child) => child.key !== request.key);
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
    const child =
      first?.type === 'create-child' ? { name: first.name, key: core.childKey() } : null;
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

/** The CHILD_SA that came with the IKE_SA. */
export function firstChild(core: CharonCore, sa: ModelIkeSa, { name, key }: { name: string; key: string }): void {
  core.tellChild(sa, core.install(sa, name, key), true);
  armChildRekey(core, sa, key);
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
  if (answer.type !== 'create-child-answer') {
    if (old && answer.type === 'child-not-found') {
      sa.children = sa.children.filter((child) => child !== old);
      core.tellChild(sa, old, false);
      core.watcher.onChanged(sa.remote);
      sa.tasks.push({ type: 'create-child', name: request.name });
      return;
    }
    if (old) old.state = 'INSTALLED';
    const [low, high] = RETRY_MS;
    const again: Task = old
      ? { type: 'rekey-child', key: old.key }
      : { type: 'create-child', name: request.name };
    sa.timers.push(core.after(core.dice.between(low, high), () => !sa.isDestroyed && queue(core, sa, again)));
    return;
  }
  childMade(core, sa, request);
  if (old) old.isOutbound = false;
  if (old) sa.tasks.unshift({ type: 'delete-child', key: old.key });
}

/** A CHILD_SA is there, at the asking end or at the answering one. */
export function childMade(
  core: CharonCore,
  sa: ModelIkeSa,
  request: Request & { type: 'create-child' },
): ModelChild {
  const child = core.install(sa, request.name, request.key);
  const old = request.rekeys === null ? undefined : sa.children.find(({ key }) => key === request.rekeys);
  if (old) {
    old.state = 'REKEYED';
    core.tell(sa, { type: 'child-rekeyed', ikeSaId: sa.id, oldChildId: old.id, child: childFacts(child) });
  } else {
    core.tellChild(sa, child, true);
  }
  armChildRekey(core, sa, child.key);
  return child;
}

function ikeRekeyAnswered(core: CharonCore, sa: ModelIkeSa, newSpi: string, answer: Answer): void {
  if (answer.type !== 'rekey-ike-answer') {
    sa.state = 'ESTABLISHED';
    const [low, high] = RETRY_MS;
    sa.timers.push(
      core.after(core.dice.between(low, high), () => !sa.isDestroyed && queue(core, sa, { type: 'rekey-ike' })),
    );
    return;
  }
  succeed(core, sa, { isInitiator: true, initiatorSpi: newSpi, responderSpi: answer.newSpi });
  sa.tasks = [{ type: 'delete-ike' }];
}

/** The successor of a rekeyed IKE_SA takes over its CHILD_SAs and what was to be done on it. */
export function succeed(
  core: CharonCore,
  old: ModelIkeSa,
  about: Pick<ModelIkeSa, 'isInitiator' | 'initiatorSpi' | 'responderSpi'>,
): void {
  const { connection, remote, startedBy, lineBornMs, children } = old;
  const tasks = old.tasks.filter(({ type }) => type.endsWith('-child'));
  const sa = core.add({ connection, remote, startedBy, lineBornMs, state: 'ESTABLISHED', ...about });
  sa.children = children;
  sa.tasks = tasks;
  old.children = [];
  old.tasks = [];
  old.state = 'REKEYED';
  core.watcher.trace(`IKE_SA ${old.id} rekeyed to ${sa.id} ${sa.initiatorSpi}`);
  core.tell(sa, { type: 'ike-rekeyed', oldId: old.id, ikeSa: ikeSaFacts(sa, []) });
  old.timers.push(core.after(REKEYED_MS, () => !old.isDestroyed && core.destroy(old)));
  core.watcher.onChanged(remote);
  armLife(core, sa);
  next(core, sa);
}

/** Authenticated, at either end. Its CHILD_SA comes a moment later. */
export function establish(core: CharonCore, sa: ModelIkeSa): void {
  sa.state = 'ESTABLISHED';
  sa.lastHeardMs = core.nowMs;
  core.watcher.trace(`IKE_SA ${sa.id} ${sa.initiatorSpi} established with ${sa.remote}`);
  core.tell(sa, { type: 'ike-up', ikeSa: ikeSaFacts(sa, []) });
  core.watcher.onChanged(sa.remote);
  armLife(core, sa);
}

/** Dead peer detection, rekeying and reauthentication of an established IKE_SA. */
function armLife(core: CharonCore, sa: ModelIkeSa): void {
  const config = core.configOf(sa);
  if (!config) return;
  const { dpdMs, rekeyMs, reauthMs } = config;
  if (dpdMs > 0) armProbe(core, sa, dpdMs);
  if (rekeyMs > 0) later(core, sa, rekeyMs, () => queue(core, sa, { type: 'rekey-ike' }));
  if (reauthMs > 0 && sa.isInitiator) later(core, sa, reauthMs, () => reauthenticate(core, sa, config));
}

function later(core: CharonCore, sa: ModelIkeSa, ms: number, act: () => void): void {
  const inMs = ms * (1 - RAND_SHARE * core.dice.next());
  sa.timers.push(core.after(inMs, () => !sa.isDestroyed && sa.state === 'ESTABLISHED' && act()));
}

function armProbe(core: CharonCore, sa: ModelIkeSa, dpdMs: number): void {
  const cancel = core.after(sa.lastHeardMs + dpdMs - core.nowMs, () => {
    if (!isLive(sa)) return;
    const isSilent = core.nowMs - sa.lastHeardMs >= dpdMs - 1;
    // If something is being asked, that finds out just as well.
    if (isSilent && !sa.open && sa.tasks.length === 0) queue(core, sa, { type: 'probe' });
    if (isSilent) sa.lastHeardMs = core.nowMs;
    armProbe(core, sa, dpdMs);
  });
  sa.timers[0] = cancel;
}

function armChildRekey(core: CharonCore, sa: ModelIkeSa, key: string): void {
  const childRekeyMs = core.configOf(sa)?.childRekeyMs ?? 0;
  if (childRekeyMs === 0) return;
  // The CHILD_SA may have moved to the successor of its IKE_SA by then.
  core.after(childRekeyMs * (1 - RAND_SHARE * core.dice.next()), () => {
    const found = core.findChild((child) => child.key === key);
    if (found && isLive(found.sa)) queue(core, found.sa, { type: 'rekey-child', key });
  });
}

function reauthenticate(core: CharonCore, sa: ModelIkeSa, config: ConnectionConfig): void {
  core.watcher.trace(`reauthenticates IKE_SA ${sa.id}`);
  if (config.makesBeforeBreak) {
    callAll(core, config).tasks.push({ type: 'delete-former', id: sa.id });
  } else {
    sa.callsAgain = true;
    queue(core, sa, { type: 'delete-ike', why: 'reauthenticated' });
  }
}

/** Something of the peer could be decrypted: it is alive, and charon's log says so. */
export function heard(core: CharonCore, sa: ModelIkeSa): void {
  sa.lastHeardMs = core.nowMs;
  core.tell(sa, { type: 'proven', id: sa.id }, true);
}
