/**
 * Asking charon what is there: before anything is terminated (R8), and where no event tells.
 */

import { IDLE_POLL_MS, LIST_AGAIN_MS, PROOF_POLL_MS } from './constants.ts';
import { type Work, wakeAt } from './work.ts';

/** R8: asks for a fresh listing, once, and again if none came. */
export function askListing(work: Work): void {
  const { state, nowMs } = work;
  if (state.listAskedMs === null || nowMs >= state.listAskedMs + LIST_AGAIN_MS) {
    state.listAskedMs = nowMs;
    work.effects.push({ type: 'list' });
  }
  wakeAt(work, state.listAskedMs + LIST_AGAIN_MS);
}

/** Traffic raises no event, so the packet counters have to be read. */
export function awaitProof(work: Work): void {
  poll(work, PROOF_POLL_MS);
}

/** Nor does an answer to a request of ours, apart from what comes of it. */
export function awaitIdle(work: Work): void {
  poll(work, IDLE_POLL_MS);
}

function poll(work: Work, everyMs: number): void {
  const { state, nowMs } = work;
  const nextMs = state.listedMs === null ? nowMs : state.listedMs + everyMs;
  if (nowMs < nextMs) wakeAt(work, nextMs);
  else askListing(work);
}
