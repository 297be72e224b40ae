/**
 * charon's words, and ours, for a peer that said nothing. They differ between versions, so they decide nothing but what is shown.
 */

const SILENCE = /giving up after|not responding|did not answer|establishing IKE_SA failed/;

/** True if the text tells of silence; else it tells what the peer said, or what went wrong here. */
export function isSilence(text: string): boolean {
  return SILENCE.test(text);
}
