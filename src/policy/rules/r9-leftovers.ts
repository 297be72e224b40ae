/**
 * R9: leftovers. Of several IKE_SAs started by the same end the newest that has its children stays; older
 * ones are deleted `sweep-grace` after it came up, long enough for a make-before-break reauthentication to
 * finish by itself. Beside a usable one, an IKE_SA of ours that lacks children is a leftover too, and so is one
 * of the peer without any: say, because the peer deleted its CHILD_SA after both ends had called. One of the
 * peer with some of the children may carry packets, so it stays.
 */

import { askListing, awaitProof } from '../asking.ts';
import { establishedOf, isOlder, usableOf } from '../ike-sas.ts';
import type { IkeSa } from '../state.ts';
import { because, count, note, type Work, wakeAt } from '../work.ts';
import { isSpare, terminate } from './r8-last-usable.ts';

export function sweepLeftovers(work: Work): void {
  const { state, nowMs } = work;
  for (const { leftover, survivor, sinceMs } of leftovers(work)) {
    const dueMs = Math.max(sinceMs, leftover.establishedMs ?? nowMs) + state.setup.settings.sweepGraceMs;
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
  const usable = usableOf(work.state);
  return establishedOf(work.state).flatMap((leftover) => {
    const newer = usable.filter((sa) => sa.startedBy === leftover.startedBy && isOlder(leftover, sa));
    const isEmpty = leftover.children.length === 0;
    const isLacking = leftover.startedBy === 'self' ? leftover.upSinceMs === null : isEmpty;
    const others = newer.length === 0 && isLacking ? usable : newer;
    const survivor = others.at(-1);
    const sinceMs = Math.min(...others.map((sa) => sa.upSinceMs ?? work.nowMs));
    const quietMs = isEmpty ? leftover.touchedMs : sinceMs;
    return survivor && isSpare(work.state, leftover)
      ? [{ leftover, survivor, sinceMs: Math.max(sinceMs, quietMs) }]
      : [];
  });
}
