/**
 * R5: up is one IKE_SA with all its children. While up nothing is initiated.
 */

import { NO_WINDOW } from '../state.ts';
import { because, changeCollision, type Work } from '../work.ts';
import { dropTurn } from './r1-responder-mode.ts';

/** The peer has a usable tunnel: no window runs, and what a time without one had built up is forgotten. */
export function stayUp(work: Work): void {
  const { state } = work;
  if (state.window.kind !== 'none') because(work, 'R5', 'an IKE_SA has all its children');
  closeWindow(work);
  state.cyclesInRow = 0;
  if (state.collision.hasDeferred) changeCollision(work, { hasDeferred: false });
}

/** No window runs any more; a turn that was asked for is given back. */
export function closeWindow(work: Work): void {
  dropTurn(work);
  work.state.window = NO_WINDOW;
  work.state.callIssuedMs = null;
}
