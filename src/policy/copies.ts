/**
 * Copies of the two records of which every event makes new ones, field by field.
 *
 * `{ ...record }` would do the same, but V8 takes its slow way for a spread of what was made by a spread itself, and every
 * state comes from the one before: measured on Node 20, 0.7 us for a state instead of 0.04.
 */

import { type IkeSa, NONE, type PeerState } from './state.ts';

export type Writable<T> = { -readonly [K in keyof T]: T[K] };

export function copyOfState(state: PeerState): Writable<PeerState> {
  return {
    setup: state.setup,
    name: state.name,
    sinceMs: state.sinceMs,
    isAttached: state.isAttached,
    isPaused: state.isPaused,
    ikeSas: state.ikeSas,
    gone: state.gone,
    remembered: state.remembered,
    window: state.window,
    token: state.token,
    callIssuedMs: state.callIssuedMs,
    cyclesInRow: state.cyclesInRow,
    courtesyUsed: state.courtesyUsed,
    collision: state.collision,
    lastLoss: state.lastLoss,
    listAskedMs: state.listAskedMs,
    listedMs: state.listedMs,
    counters: state.counters,
    lastError: state.lastError,
    wakeMs: state.wakeMs,
  };
}

/** Nothing in `after` is another one. */
export function isSameState(before: PeerState, after: PeerState): boolean {
  return (
    before.setup === after.setup &&
    before.name === after.name &&
    before.sinceMs === after.sinceMs &&
    before.isAttached === after.isAttached &&
    before.isPaused === after.isPaused &&
    before.ikeSas === after.ikeSas &&
    before.gone === after.gone &&
    before.remembered === after.remembered &&
    before.window === after.window &&
    before.token === after.token &&
    before.callIssuedMs === after.callIssuedMs &&
    before.cyclesInRow === after.cyclesInRow &&
    before.courtesyUsed === after.courtesyUsed &&
    before.collision === after.collision &&
    before.lastLoss === after.lastLoss &&
    before.listAskedMs === after.listAskedMs &&
    before.listedMs === after.listedMs &&
    before.counters === after.counters &&
    before.lastError === after.lastError &&
    before.wakeMs === after.wakeMs
  );
}

export function copyOfIkeSa(sa: IkeSa): Writable<IkeSa> {
  return {
    id: sa.id,
    state: sa.state,
    startedBy: sa.startedBy,
    initiatorSpi: sa.initiatorSpi,
    responderSpi: sa.responderSpi,
    isAnonymous: sa.isAnonymous,
    remoteId: sa.remoteId,
    remoteHost: sa.remoteHost,
    children: sa.children,
    bornMs: sa.bornMs,
    touchedMs: sa.touchedMs,
    establishedMs: sa.establishedMs,
    upSinceMs: sa.upSinceMs,
    childRekeyedMs: sa.childRekeyedMs,
    move: sa.move,
    provenMs: sa.provenMs,
    isBusy: sa.isBusy,
    leavingUntilMs: sa.leavingUntilMs,
    missedMs: sa.missedMs,
    twinsSinceMs: sa.twinsSinceMs,
    twinsEnded: sa.twinsEnded,
    isViolation: sa.isViolation,
  };
}

/** Both one after the other, just as long as that takes: what `[...left, ...right]` makes has room for 16 more. */
export function appended<T>(left: readonly T[], right: readonly T[]): readonly T[] {
  return left.concat(right);
}

/** Without what has this id; the very `list` if nothing has. */
export function without<T extends { readonly id: string }>(list: readonly T[], id: string): readonly T[] {
  if (!list.some((one) => one.id === id)) return list;
  return list.length === 1 ? NONE : list.filter((one) => one.id !== id);
}

/** With this one at the end, in place of what has its id. */
export function withLast<T extends { readonly id: string }>(list: readonly T[], last: T): readonly T[] {
  const others = without(list, last.id);
  return others.length === 0 ? [last] : others.concat(last);
}
