/**
 * R9: leftovers. Of several IKE_SAs started by the same end the newest that has its children stays; older
 * ones are deleted `sweep-grace` after it came up, long enough for a make-before-break reauthentication to
 * finish by itself. An IKE_SA of ours that got no children beside a usable one is a leftover too.
 */

import { askListing } from '../asking.ts';
import { establishedOf, isOlder, usableOf } from '../ike-sas.ts';
import type { IkeSa } from '../state.ts';
import { because, count, note, type Work, wakeAt } from '../work.ts';
import { terminate } from './r8-last-usable.ts';

export function sweepLeftovers(work: Work): void {
  const { state, nowMs } = work;
  for (const { leftover, survivor, sinceMs } of leftovers(work)) {
    const dueMs = Math.max(sinceMs, leftover.establishedMs ?? nowMs) + state.setup.settings.sweepGraceMs;
    if (nowMs < dueMs) {
      wakeAt(work, dueMs);
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
  /** When the first one came up that made it a leftover: still newer ones don't put off its end. */
  readonly sinceMs: number;
}

function leftovers(work: Work): Leftover[] {
  const usable = usableOf(work.state);
  return establishedOf(work.state).flatMap((leftover) => {
    const newer = usable.filter((sa) => sa.startedBy === leftover.startedBy && isOlder(leftover, sa));
    const isEmptyOfOurs = leftover.startedBy === 'self' && leftover.upSinceMs === null;
    const others = newer.length === 0 && isEmptyOfOurs ? usable : newer;
    const survivor = others.at(-1);
    const sinceMs = Math.min(...others.map((sa) => sa.upSinceMs ?? work.nowMs));
    return survivor ? [{ leftover, survivor, sinceMs }] : [];
  });
}
