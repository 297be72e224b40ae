/**
 * charon's words, and ours, for a peer that said nothing. They differ between versions, so they decide nothing but what is shown.
 */

import type { PeerState } from './state.ts';

const SILENCE = /giving up after|not responding|did not answer|establishing IKE_SA failed/;

/** True if the text tells of silence; else it tells what the peer said, or what went wrong here. */
function isSilence(text: string): boolean {
  return SILENCE.test(text);
}

/** charon has told of a cause since then, and it wasn't silence. */
export function isExplainedSince(lastError: PeerState['lastError'], sinceMs: number): boolean {
  return lastError !== null && lastError.atMs >= sinceMs && !isSilence(lastError.text);
}
