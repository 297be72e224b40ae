/**
 * The state of a peer as status shows it.
 */

import type { LoadedConfig } from '../config/model.ts';
import { type PeerStatus, SCHEMA, type StatusReport } from '../control/api.ts';
import { establishedOf, usableOf } from '../policy/ike-sas.ts';
import { responderDeadlineOf } from '../policy/rules/r1-responder-mode.ts';
import type { PeerState } from '../policy/state.ts';
import type { Clock } from '../timers/clock.ts';
import type { ConnectionFacts } from '../vici/index.ts';
import { healthOf } from './health.ts';
import { isoOf } from './moments.ts';
import type { Peer } from './peer.ts';

/** How the daemon last saw charon. */
export interface CharonSeen {
  /** null before the first attachment. */
  readonly version: string | null;
  /** Why it isn't attached. */
  readonly error: string | null;
  readonly sinceMs: number;
}

/** What a status is made of. */
export interface StatusInput {
  readonly version: string;
  readonly clock: Clock;
  readonly loaded: LoadedConfig;
  readonly loadedAtMs: number;
  readonly configError: string | null;
  readonly charon: CharonSeen & { readonly isAttached: boolean };
  readonly peers: ReadonlyMap<string, Peer>;
  readonly connections: readonly ConnectionFacts[];
  readonly warnings: readonly string[];
}

export function statusReport(input: StatusInput): StatusReport {
  const { version, clock, loaded, configError, connections, warnings } = input;
  const { config, files } = loaded;
  const charon = {
    socket: config.charon.socket,
    attached: input.charon.isAttached,
    since: isoOf(clock, input.charon.sinceMs),
    version: input.charon.version,
    error: input.charon.error,
  };
  const peers = [...input.peers.values()];
  return {
    schema: SCHEMA,
    version,
    mode: config.mode,
    charon,
    config: { file: files[0] ?? null, loadedAt: isoOf(clock, input.loadedAtMs), error: configError },
    peers: peers.map((peer) => peerStatus(peer, clock)),
    health: healthOf({ config, charon, configError, peers, connections, warnings }),
  };
}

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
