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
  for (const { leftover, survivor } of leftovers(work)) {
    const readyMs = Math.max(survivor.upSinceMs ?? nowMs, leftover.establishedMs ?? nowMs);
    const dueMs = readyMs + state.setup.settings.sweepGraceMs;
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

function leftovers(work: Work): { leftover: IkeSa; survivor: IkeSa }[] {
  const usable = usableOf(work.state);
  return establishedOf(work.state).flatMap((leftover) => {
    const newer = usable.findLast((sa) => sa.startedBy === leftover.startedBy && isOlder(leftover, sa));
    const isEmptyOfOurs = leftover.startedBy === 'self' && leftover.upSinceMs === null;
    const survivor = newer ?? (isEmptyOfOurs ? usable.at(-1) : undefined);
    return survivor ? [{ leftover, survivor }] : [];
  });
}
