/**
 * The state of a peer as status shows it.
 */

import type { PeerStatus } from '../control/api.ts';
import { establishedOf, usableOf } from '../policy/ike-sas.ts';
import { responderDeadlineOf } from '../policy/rules/r1-responder-mode.ts';
import type { PeerState } from '../policy/state.ts';
import type { Clock } from '../timers/clock.ts';
import { isoOf } from './moments.ts';
import type { Peer } from './peer.ts';

export function peerStatus({ definition, state }: Peer, clock: Clock): PeerStatus {
  const deadlineMs = deadlineOf(state);
  const live = usableOf(state).at(-1) ?? establishedOf(state).at(-1);
  return {
    peer: definition.name,
    service: definition.service,
    address: definition.address,
    connection: definition.connection,
    policy: state.setup.settings.policy,
    state: state.name,
    since: isoOf(clock, state.sinceMs),
    deadline: deadlineMs === null ? null : isoOf(clock, deadlineMs),
    role: live ? (live.startedBy === 'self' ? 'initiator' : 'responder') : null,
    paused: state.isPaused,
    children_configured: state.setup.children,
    ike_sas: state.ikeSas.map((sa) => ({
      id: sa.id,
      state: sa.state,
      initiated_by: sa.startedBy,
      initiator_spi: sa.initiatorSpi,
      responder_spi: sa.responderSpi,
      proven: sa.provenMs !== null,
      children: sa.children.map(({ id, name, state: childState }) => ({ id, name, state: childState })),
    })),
    counters: state.counters,
    last_error: state.lastError && { at: isoOf(clock, state.lastError.atMs), text: state.lastError.text },
  };
}

/** When the current mode ends. */
function deadlineOf(state: PeerState): number | null {
  const { window } = state;
  if (window.kind === 'none') return state.name === 'settling' ? state.wakeMs : null;
  return window.kind === 'responder' ? responderDeadlineOf(state, window.deadlineMs) : window.deadlineMs;
}
