/**
 * R9: leftovers. Of several IKE_SAs started by the same end the newest that has its children stays; older
 * ones are deleted `sweep-grace` after it came up, long enough for a make-before-break reauthentication to
 * finish by itself. One that lacks children is a leftover too: beside a usable one of ours, and if the peer started it
 * and it has no child at all (say, because the peer deleted its CHILD_SA after both ends had called) beside any usable
 * one. One of the peer's with some of the children may be about to get the others, so it is given CHILD_SURE_MS at least.
 */

import { askListing, awaitProof } from '../asking.ts';
import { CHILD_SURE_MS } from '../constants.ts';
import { isInstalled } from '../facts.ts';
import { establishedOf, isOlder, usableOf } from '../ike-sas.ts';
import type { IkeSa } from '../state.ts';
import { because, count, note, type Work, wakeAt } from '../work.ts';
import { isSpare, terminate } from './r8-last-usable.ts';

export function sweepLeftovers(work: Work): void {
  const { nowMs } = work;
  for (const { leftover, survivor, sinceMs } of leftovers(work)) {
    const graceOverMs = Math.max(sinceMs, leftover.establishedMs ?? nowMs) + graceMs(work, leftover);
    const dueMs = Math.max(graceOverMs, upAtPeerMs(work, survivor));
    if (nowMs < dueMs) {
      wakeAt(work, dueMs);
    } else if (survivor.startedBy === 'peer' && survivor.provenMs === null) {
      // Up here isn't up at the peer: our answer to its IKE_AUTH may be lost, and then the older one is all it has.
      awaitProof(work);
    } else if (!work.isFresh) {
      askListing(work);
    } else if (terminate(work, leftover, 'leftover')) {
      const why = `IKE_SA ${leftover.id} is a leftover beside ${survivor.id}`;
      because(work, 'R9', why);
      count(work, 'swept');
      note(work, 'R9', why);
    }
  }
}

/** One of the peer's with some children may be about to get the others, and the peer asks for those again and again. */
function graceMs({ state }: Work, { startedBy, upSinceMs, children }: IkeSa): number {
  const isIncomplete = startedBy === 'peer' && upSinceMs === null && children.length > 0;
  return Math.max(state.setup.settings.sweepGraceMs, isIncomplete ? CHILD_SURE_MS : 0);
}

/**
 * When all children of one that the peer started are up there as well. Of several, each has come in an exchange of its own,
 * whose answer may be lost for a while: then the older IKE_SA carries what is missing at the peer.
 */
function upAtPeerMs({ state }: Work, { startedBy, children, upSinceMs }: IkeSa): number {
  const names = state.setup.children;
  const isUsed = (name: string): boolean =>
    children.some((child) => child.name === name && isInstalled(child.state) && child.packetsIn > 0);
  const isSure = startedBy === 'self' || names.length < 2 || names.every(isUsed);
  return isSure ? Number.NEGATIVE_INFINITY : (upSinceMs ?? 0) + CHILD_SURE_MS;
}

interface Leftover {
  readonly leftover: IkeSa;
  readonly survivor: IkeSa;
  /**
   * When the first one came up that made it a leftover: still newer ones don't put off its end. Of one without children
   * at least the last news of it, since it may be about to get them.
   */
  readonly sinceMs: number;
}

function leftovers(work: Work): Leftover[] {
  return establishedOf(work.state).flatMap((leftover) => {
    // Several hosts may share a connection and an address: what one of them has proved says nothing of another.
    const usable = usableOf(work.state).filter(({ remoteId }) => remoteId === leftover.remoteId);
    const newer = usable.filter((sa) => sa.startedBy === leftover.startedBy && isOlder(leftover, sa));
    const isEmpty = leftover.children.length === 0;
    const others = newer.length === 0 ? besideLacking(leftover, usable) : newer;
    const survivor = others.at(-1);
    const sinceMs = Math.min(...others.map((sa) => sa.upSinceMs ?? work.nowMs));
    const quietMs = isEmpty ? leftover.touchedMs : sinceMs;
    return survivor && isSpare(work.state, leftover)
      ? [{ leftover, survivor, sinceMs: Math.max(sinceMs, quietMs) }]
      : [];
  });
}

/**
 * One that lacks children goes beside one of ours that has them all; one of ours beside one of the peer's is a matter of
 * R7. One of the peer's without any goes beside any.
 */
function besideLacking(
  { startedBy, upSinceMs, children }: IkeSa,
  usable: readonly IkeSa[],
): readonly IkeSa[] {
  if (upSinceMs !== null) return [];
  return startedBy === 'peer' && children.length === 0
    ? usable
    : usable.filter((sa) => sa.startedBy === 'self');
}
