/**
 * Moving our packets to an IKE_SA that the peer started (R7): its CHILD_SAs are rekeyed, one of each child of the
 * connection. A rekeyed CHILD_SA is the newest, and the newest one carries our packets; and the answer is a proof that
 * this very CHILD_SA is up at the peer, which the proof of the IKE_SA (R6) isn't: of several, each comes in an exchange
 * of its own, whose answer may be lost.
 *
 * charon rekeys one after the other. So each answer gives the next one its time, up to a bound.
 */

import { TRIES_MAX, TRY_MS } from '../constants.ts';
import { type ChildSaFacts, isInstalled } from '../facts.ts';
import type { IkeSa } from '../state.ts';
import { changeIkeSa, note, type Work, wakeAt } from '../work.ts';

/** Asks for the rekeying of what isn't rekeyed yet. `isAnew`: packets have gone elsewhere since, so of all. */
export function beginMove(work: Work, sa: IkeSa, isAnew: boolean): void {
  const { nowMs } = work;
  const newest = newestChildren(work, sa);
  const open = newest.filter(({ id }) => sa.move === null || sa.move.childIds.includes(id));
  // One at least, so that there is an answer of now.
  const moving = isAnew || open.length === 0 ? newest : open;
  note(work, 'R7', `moving our packets to the peer's IKE_SA ${sa.id}`);
  for (const { id } of moving) work.effects.push({ type: 'rekey-child', childId: id });
  changeIkeSa(work, sa.id, {
    move: {
      askedMs: nowMs,
      untilMs: nowMs + TRY_MS,
      triesInVain: (sa.move?.triesInVain ?? 0) + 1,
      childIds: moving.map(({ id }) => id),
    },
    // What was rekeyed up to now, perhaps in this very step, is no answer.
    childRekeyedMs: null,
  });
  wakeAt(work, nextMoveMs(work, nowMs + TRY_MS));
}

/** Packets take the newest CHILD_SA of a name. */
function newestChildren({ state }: Work, { children }: IkeSa): ChildSaFacts[] {
  return state.setup.children.flatMap((name) => {
    const installed = children.filter((child) => child.name === name && isInstalled(child.state));
    return installed.sort((left, right) => Number(left.id) - Number(right.id)).slice(-1);
  });
}

/** Takes note of the answers that have come since the last step. @returns the IKE_SA as it is then */
export function heedAnswers(work: Work, sa: IkeSa): IkeSa {
  const { move, childRekeyedMs } = sa;
  if (move === null || childRekeyedMs === null) return sa;
  if (childRekeyedMs >= move.untilMs) {
    // It may be an old one that charon repeats, so it is no proof; but the peer doesn't refuse either.
    return forgetVain(work, sa);
  }
  const lastMs = move.askedMs + TRY_MS * (1 + work.state.setup.children.length);
  const untilMs = Math.max(move.untilMs, Math.min(childRekeyedMs + TRY_MS, lastMs));
  return changeIkeSa(work, sa.id, { move: { ...move, untilMs, triesInVain: 0 } }) ?? sa;
}

/** There is a try, and an answer of this moment would count. */
export function isMoving({ nowMs }: Work, { move }: IkeSa): boolean {
  return move !== null && nowMs < move.untilMs;
}

/** All that were asked for are rekeyed. */
export function hasMoved({ move, children }: IkeSa): boolean {
  if (move === null) return false;
  return !children.some(({ id, state }) => move.childIds.includes(id) && isInstalled(state));
}

/** The peer refuses to rekey, or doesn't answer. */
export function isMovedInVain({ move }: IkeSa): boolean {
  return move !== null && move.triesInVain >= TRIES_MAX;
}

/** The peer hasn't refused. @returns the IKE_SA as it is then */
export function forgetVain(work: Work, sa: IkeSa): IkeSa {
  const { id, move } = sa;
  if (move === null || move.triesInVain === 0) return sa;
  return changeIkeSa(work, id, { move: { ...move, triesInVain: 0 } }) ?? sa;
}

/** When another try may follow one that lasts until `untilMs`. */
export function nextMoveMs({ state }: Work, untilMs: number): number {
  return untilMs + state.setup.settings.settleGraceMs;
}
