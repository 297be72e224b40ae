/**
 * One peer at run time: its definition, the policy's state of it, and whether a call of ours is open.
 */

import { establishedOf, isCallOpen } from '../policy/ike-sas.ts';
import { mayInitiate } from '../policy/rules/windows.ts';
import { initialPeerState, type Lineage, type PeerMemory, type PeerState } from '../policy/state.ts';
import type { PeerDefinition } from './peer-table.ts';

export interface Peer {
  definition: PeerDefinition;
  state: PeerState;
}

export function newPeer(definition: PeerDefinition, nowMs: number, memory: PeerMemory | undefined): Peer {
  return { definition, state: initialPeerState(definition.setup, nowMs, memory) };
}

/** A call that we may end again is under way: it counts against `limits.max-half-open` (R15). */
export function isCalling(state: PeerState): boolean {
  return mayInitiate(state) && isCallOpen(state);
}

/** An IKE_SA is there that wasn't, or has new SPIs: who started it must not be forgotten (R12). */
export function hasNewLineage(before: PeerState, after: PeerState): boolean {
  if (before.ikeSas === after.ikeSas) return false;
  const known = establishedOf(before);
  return establishedOf(after).some(
    ({ initiatorSpi, responderSpi }) =>
      !known.some((one) => one.initiatorSpi === initiatorSpi && one.responderSpi === responderSpi),
  );
}

/** What must survive a restart of the sidecar (R12). */
export function memoryOf(state: PeerState): PeerMemory {
  const lineages: Lineage[] = establishedOf(state).map(({ initiatorSpi, responderSpi, startedBy }) => ({
    initiatorSpi,
    responderSpi,
    startedBy,
  }));
  return {
    // Before the first attach nothing is known but what was remembered.
    lineages: lineages.length > 0 ? lineages : state.remembered,
    counters: state.counters,
    isPaused: state.isPaused,
  };
}
