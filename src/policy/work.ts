/**
 * One step under way: the state being made, the effects so far, and why.
 *
 * What the state before holds is never written to: the copy made at the start is, and IKE_SAs that are of this step's making
 * (`draftOf`). All else in it is replaced, never changed.
 */

import { TEXT_LENGTH_MAX } from './constants.ts';
import { copyOfIkeSa, copyOfState, type Writable } from './copies.ts';
import type { Effect, RuleName } from './effects.ts';
import type { PeerEvent } from './events.ts';
import type { Collision, IkeSa, PeerCounters, PeerState } from './state.ts';

export interface Work {
  readonly before: PeerState;
  readonly state: Writable<PeerState>;
  readonly effects: Effect[];
  readonly nowMs: number;
  readonly random: number;
  /** When the listing that this step is about was asked for; of other steps, now. */
  readonly askedMs: number;
  /** All IKE_SAs in `state` were read from charon just now, so one of them may be terminated (R8). */
  isFresh: boolean;
  /** An authenticated IKE_SA was terminated in this step; the next one needs a listing of its own (R8). */
  hasTerminated: boolean;
  rule: RuleName;
  why: string;
}

export function beginWork(state: PeerState, event: PeerEvent): Work {
  return {
    before: state,
    state: copyOfState(state),
    effects: [],
    nowMs: event.nowMs,
    random: event.random,
    askedMs: event.type === 'listing' ? event.askedMs : event.nowMs,
    isFresh: false,
    hasTerminated: false,
    rule: 'R1',
    why: event.type,
  };
}

/** Records the rule and the reason that the next change of state will be explained with. */
export function because(work: Work, rule: RuleName, why: string): void {
  work.rule = rule;
  work.why = why.slice(0, TEXT_LENGTH_MAX);
}

/** Asks to be woken at this time, or earlier if something else asks for it. */
export function wakeAt(work: Work, atMs: number): void {
  const { wakeMs } = work.state;
  if (wakeMs === null || atMs < wakeMs) work.state.wakeMs = atMs;
}

export function count(work: Work, counter: keyof PeerCounters): void {
  work.state.counters = { ...work.state.counters, [counter]: work.state.counters[counter] + 1 };
}

export function changeCollision(work: Work, change: Partial<Collision>): void {
  work.state.collision = { ...work.state.collision, ...change };
}

export function note(work: Work, rule: RuleName, why: string, isTrouble = false): void {
  work.effects.push({ type: 'note', rule, why: why.slice(0, TEXT_LENGTH_MAX), isTrouble });
}

export function setError(work: Work, text: string): void {
  work.state.lastError = { atMs: work.nowMs, text: text.slice(0, TEXT_LENGTH_MAX) };
}

/** A remembered IKE_SA to write to: a copy in its place, made once in a step. Undefined if there is none with this id. */
export function draftOf(work: Work, id: string): Writable<IkeSa> | undefined {
  const { before, state } = work;
  const sa = state.ikeSas.find((one) => one.id === id);
  if (sa === undefined || !before.ikeSas.includes(sa)) return sa;
  const draft = copyOfIkeSa(sa);
  state.ikeSas = state.ikeSas.map((one) => (one === sa ? draft : one));
  return draft;
}

/** Changes one remembered IKE_SA, if it is there. @returns it as it is then */
export function changeIkeSa(work: Work, id: string, change: Partial<IkeSa>): IkeSa | undefined {
  const draft = draftOf(work, id);
  return draft && Object.assign(draft, change);
}
