/**
 * What one step of the policy has brought to an end: a call of ours, a collision, a time without a tunnel.
 *
 * Reads the state before and after; the policy itself counts only what it decides by. For the metrics, and for nothing else.
 */

import type { CallResult, CollisionResolution, Recorder, Role } from '../metrics/recorder.ts';
import type { Effect, TerminateReason } from '../policy/effects.ts';
import type { PeerNews } from '../policy/events.ts';
import { establishedOf, isCallOpen, ownCallsOf, usableOf } from '../policy/ike-sas.ts';
import { isExplainedSince } from '../policy/silence.ts';
import type { PeerState } from '../policy/state.ts';
import { dropOldest } from './drop-oldest.ts';
import type { Peer } from './peer.ts';

/** One step of one peer, which may have made others since. */
export interface Step {
  readonly peer: Peer;
  readonly before: PeerState;
  readonly after: PeerState;
  readonly news: PeerNews;
  readonly effects: readonly Effect[];
  readonly nowMs: number;
}

/** Whether it can have brought anything: most news of a busy charon tell nothing new. */
export function isWorthSeeing({ before, after, news, effects }: Step): boolean {
  return (
    after !== before ||
    effects.length > 0 ||
    news.type === 'terminate-answered' ||
    news.type === 'terminate-not-sent'
  );
}

/** Requests to terminate without an answer; those of a peer that goes away meanwhile never get one. */
const TERMINATING_MAX = 10_000;

/** Tells a recorder what steps have brought. */
export class Outcomes {
  readonly #recorder: Recorder;
  /** Since when a peer that may have a tunnel has none. */
  readonly #downSinceMs = new Map<string, number>();
  /** Why an IKE_SA is to go, until charon has answered. */
  readonly #terminating = new Map<string, TerminateReason>();

  constructor(recorder: Recorder) {
    this.#recorder = recorder;
  }

  see(step: Step): void {
    const { key } = step.peer.definition;
    this.#countTerminated(key, step);
    if (step.after === step.before) return;
    const call = callResult(step);
    if (call !== null) this.#recorder.callEnded(key, call);
    const collision = collisionResolution(step);
    if (collision !== null) this.#recorder.collisionEnded(key, collision);
    this.#time(key, step);
  }

  /** Counted once charon has done it: a request that came too late isn't sent. */
  #countTerminated(key: string, { peer, news, effects }: Step): void {
    if (peer.definition.setup.isObserved === true) return;
    if (news.type === 'terminate-answered' || news.type === 'terminate-not-sent') {
      const reason = this.#terminating.get(`${key} ${news.id}`);
      this.#terminating.delete(`${key} ${news.id}`);
      if (reason !== undefined && news.type === 'terminate-answered' && news.error === null) {
        this.#recorder.terminated(reason);
      }
    }
    for (const effect of effects) {
      if (effect.type === 'terminate') this.#begin(`${key} ${effect.id}`, effect.reason);
    }
  }

  #begin(terminating: string, reason: TerminateReason): void {
    this.#terminating.set(terminating, reason);
    dropOldest(this.#terminating, TERMINATING_MAX);
  }

  #time(key: string, { after, nowMs }: Step): void {
    const live = usableOf(after).at(-1);
    const sinceMs = this.#downSinceMs.get(key);
    if (live !== undefined) {
      if (sinceMs !== undefined) this.#recorder.establishedAfter(nowMs - sinceMs, roleOf(live.startedBy));
      this.#downSinceMs.delete(key);
    } else if (!mayComeUp(after)) {
      this.#downSinceMs.delete(key);
    } else if (sinceMs === undefined) {
      this.#downSinceMs.set(key, nowMs);
    }
  }
}

/** How our call ended in this step; null if none did. */
export function callResult({ before, after, news, effects }: Step): CallResult | null {
  if (!isCalling(before) || isCalling(after)) return null;
  const known = new Set(establishedOf(before).map(({ id }) => id));
  if (establishedOf(after).some(({ id, startedBy }) => startedBy === 'self' && !known.has(id))) {
    return 'established';
  }
  if (!after.isAttached || after.isPaused || usableOf(after).length > 0) return 'aborted';
  if (effects.some((effect) => effect.type === 'terminate' && effect.reason === 'window-over'))
    return 'timeout';
  if (effects.some((effect) => effect.type === 'terminate')) return 'aborted';
  if (news.type === 'initiate-answered' && news.error !== null) return 'error';
  // charon gave it up by itself: the peer has refused it, or all retransmissions went unanswered.
  return wasRefused(before, after) ? 'refused' : 'timeout';
}

/** What a collision that ended in this step has left; null if none ended. */
export function collisionResolution({ before, after }: Step): CollisionResolution | null {
  if (!before.collision.isOn || after.collision.isOn) return null;
  const left = usableOf(after).at(-1) ?? establishedOf(after).at(-1);
  if (left === undefined) return 'none_left';
  return left.startedBy === 'self' ? 'kept_own' : 'kept_peer';
}

function isCalling(state: PeerState): boolean {
  return state.isAttached && isCallOpen(state);
}

/** charon has told of a cause since the call began, and it wasn't silence. */
function wasRefused(before: PeerState, after: PeerState): boolean {
  const calls = ownCallsOf(before);
  const bornMs = calls.length > 0 ? Math.min(...calls.map((sa) => sa.bornMs)) : (before.callIssuedMs ?? 0);
  return isExplainedSince(after.lastError, bornMs);
}

function mayComeUp(state: PeerState): boolean {
  return state.isAttached && (state.window.kind !== 'none' || state.name === 'degraded');
}

function roleOf(startedBy: 'self' | 'peer'): Role {
  return startedBy === 'self' ? 'initiator' : 'responder';
}
