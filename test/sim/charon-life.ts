/**
 * The life of what is established: IKE_SAs and CHILD_SAs coming up and being replaced, at either end; dead peer
 * detection, rekeying and reauthentication by the clock.
 */

import { callAll, next, queue } from './charon-asking.ts';
import type { CharonCore } from './charon-core.ts';
import type { Request } from './ike-message.ts';
import { childFacts, ikeSaFacts, isLive, type ModelChild, type ModelIkeSa } from './ike-sa.ts';

/** Of a rekey_time, the share that is left to chance (rand_time). */
const RAND_SHARE = 0.1;

/** `charon.delete_rekeyed_delay`, default. */
const DELETED_MS = 5_000;

/** strongSwan destroys a rekeyed IKE_SA by itself if nobody deletes it. */
export const REKEYED_MS = 90_000;

/** Authenticated, at either end. Its CHILD_SA comes a moment later. */
export function establish(core: CharonCore, sa: ModelIkeSa): void {
  sa.state = 'ESTABLISHED';
  sa.lastHeardMs = core.nowMs;
  core.watcher.trace(`IKE_SA ${sa.id} ${sa.initiatorSpi} established with ${sa.remote}`);
  core.tell(sa, { type: 'ike-up', ikeSa: ikeSaFacts(sa, []) });
  core.watcher.onChanged(sa.remote);
  armLife(core, sa);
}

/** The CHILD_SA that came with the IKE_SA. */
export function firstChild(
  core: CharonCore,
  sa: ModelIkeSa,
  { name, key }: { name: string; key: string },
): void {
  core.tellChild(sa, core.install(sa, name, key), true);
  armChildRekey(core, sa, key);
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

/** Deleted, at either end. One that was rekeyed stays in the list for a while: packets may still be on their way. */
export function dropChild(core: CharonCore, sa: ModelIkeSa, key: string): string | undefined {
  const child = sa.children.find((one) => one.key === key);
  if (!child) return undefined;
  const remove = (): void => {
    const found = core.findChild((one) => one === child);
    if (found) found.sa.children = found.sa.children.filter((one) => one !== child);
  };
  if (child.state === 'REKEYED' || child.isRedundant === true) {
    child.state = 'DELETED';
    core.after(DELETED_MS, remove);
  } else {
    remove();
    core.tellChild(sa, child, false);
  }
  core.watcher.onChanged(sa.remote);
  return child.name;
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
  old.crossing = null;
  core.watcher.trace(`IKE_SA ${old.id} rekeyed to ${sa.id} ${sa.initiatorSpi}`);
  core.tell(sa, { type: 'ike-rekeyed', oldId: old.id, ikeSa: ikeSaFacts(sa, []) });
  old.timers.push(core.after(REKEYED_MS, () => !old.isDestroyed && core.destroy(old)));
  core.watcher.onChanged(remote);
  armLife(core, sa);
  next(core, sa);
}

/** Dead peer detection, rekeying and reauthentication of an established IKE_SA. */
function armLife(core: CharonCore, sa: ModelIkeSa): void {
  const config = core.configOf(sa);
  if (!config) return;
  const { dpdMs, rekeyMs, reauthMs } = config;
  if (dpdMs > 0) armProbe(core, sa, dpdMs);
  if (rekeyMs > 0) later(core, sa, rekeyMs, () => queue(core, sa, { type: 'rekey-ike' }));
  if (reauthMs > 0 && sa.isInitiator) later(core, sa, reauthMs, () => reauthenticate(core, sa));
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

/** A new IKE_SA from IKE_SA_INIT on, and the old one goes: before or after it, as configured. */
export function reauthenticate(core: CharonCore, sa: ModelIkeSa): void {
  const config = core.configOf(sa);
  if (!config) return;
  core.watcher.trace(`reauthenticates IKE_SA ${sa.id}`);
  if (config.makesBeforeBreak) {
    callAll(core, config).tasks.push({ type: 'delete-former', id: sa.id });
  } else {
    sa.callsAgain = true;
    queue(core, sa, { type: 'delete-ike', why: 'reauthenticated' });
  }
}
