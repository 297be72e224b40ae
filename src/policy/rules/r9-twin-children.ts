/**
 * R9: two CHILD_SAs of the same name that do the same, on one IKE_SA. Both ends have asked for a missing child at the same
 * time, and charon makes both (its check for duplicates knows only what is there already). Each is rekeyed from then on.
 *
 * The one with the lower SPIs goes: both ends see the same two numbers, so two ends with afteryou choose the same one and never
 * delete each other's choice. One that is being rekeyed is no twin, and the one that stays is in the same listing (R8). Both are
 * left alone until no answer to the peer can be under way any more; and only the end that gets packets through the one that stays
 * deletes the other, since only that shows that the peer has it.
 */

import { askListing, awaitIdle } from '../asking.ts';
import { CHILD_SURE_MS, SEVERAL_HOLD_MS, TWINS_ENDED_MAX } from '../constants.ts';
import { type ChildSaFacts, isInstalled } from '../facts.ts';
import { alikeOf, isLive, twinsOf } from '../ike-sas.ts';
import type { IkeSa } from '../state.ts';
import { changeIkeSa, note, type Work, wakeAt } from '../work.ts';
import { validUntilMs } from './r8-last-usable.ts';

export function endTwins(work: Work): void {
  const { state, nowMs } = work;
  for (const sa of state.ikeSas) {
    if (sa.twinsSinceMs === null || sa.missedMs !== null || !isLive(sa)) continue;
    const twin = twinsOf(sa, state.setup.children)[0];
    const survivor = twin && survivorOf(sa, twin);
    if (!survivor || sa.twinsEnded >= TWINS_ENDED_MAX) continue;
    // Without packets both stay: nothing tells which one the peer has, and they do no harm.
    if (survivor.packetsIn === 0 && twin.packetsIn === 0) continue;
    const dueMs = sa.twinsSinceMs + graceMs(work);
    if (nowMs < dueMs) wakeAt(work, dueMs);
    else if (!work.isFresh || work.hasTerminated) askListing(work);
    else if (sa.isBusy) awaitIdle(work);
    else if (survivor.packetsIn > 0) end(work, sa, twin);
    else if (nowMs < restUntilMs(sa)) wakeAt(work, restUntilMs(sa));
    else move(work, sa, survivor);
  }
}

/** The one with the highest SPIs of those that do the same. Unlike a twin, it may be under way to be rekeyed. */
function survivorOf({ children }: IkeSa, twin: ChildSaFacts): ChildSaFacts | undefined {
  const installed = children.filter(({ state }) => isInstalled(state));
  return alikeOf(installed, twin).at(-1);
}

/** The other end may just have rekeyed one, and not know of its successor yet. */
function restUntilMs({ childRekeyedMs }: IkeSa): number {
  return (childRekeyedMs ?? Number.NEGATIVE_INFINITY) + SEVERAL_HOLD_MS;
}

function graceMs({ state }: Work): number {
  return Math.max(state.setup.settings.sweepGraceMs, CHILD_SURE_MS);
}

/**
 * The peer sends through the one that is to go, and may not have the other one: that is rekeyed. Its successor is the newest
 * one at both ends, which carries the packets of both, or the lower of the two by now.
 */
function move(work: Work, sa: IkeSa, survivor: ChildSaFacts): void {
  work.effects.push({ type: 'rekey-child', childId: survivor.id });
  again(work, sa);
  note(
    work,
    'R9',
    `moving packets to CHILD_SA ${survivor.id} of IKE_SA ${sa.id}, which has another ${survivor.name}`,
  );
}

/** If it is of no use, it is tried again after as long. */
function again(work: Work, sa: IkeSa): void {
  changeIkeSa(work, sa.id, { twinsSinceMs: work.nowMs, twinsEnded: sa.twinsEnded + 1 });
  wakeAt(work, work.nowMs + graceMs(work));
}

function end(work: Work, sa: IkeSa, twin: ChildSaFacts): void {
  work.hasTerminated = true;
  work.effects.push({ type: 'terminate-child', childId: twin.id, untilMs: validUntilMs(work) });
  const rest = sa.twinsEnded + 1 === TWINS_ENDED_MAX ? '; should there be more, they stay' : '';
  again(work, sa);
  note(
    work,
    'R9',
    `CHILD_SA ${twin.id} does the same as another ${twin.name} on IKE_SA ${sa.id}: it goes${rest}`,
  );
}
