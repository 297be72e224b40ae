/**
 * What the state file holds of one peer: what the policy must remember of it, and the last of its history.
 */

import * as z from 'zod';
import type { PeerMemory } from '../policy/state.ts';
import { STORED_HISTORY, type StoredHistory } from './stored-history.ts';

/** Most IKE_SAs of one peer whose start is remembered: many hosts may come over one connection. */
const LINEAGES_MAX = 16_384;

const COUNT = z.number().int().nonnegative();

const MEMORY = z.object({
  lineages: z.array(
    z.object({
      initiatorSpi: z.string().max(32),
      responderSpi: z.string().max(32),
      startedBy: z.enum(['self', 'peer']),
    }),
  ),
  counters: z.object({
    cycles: COUNT,
    initiations: COUNT,
    collisions: COUNT,
    settled: COUNT,
    swept: COUNT,
    violations: COUNT,
  }),
  isPaused: z.boolean(),
});

/** Keys that a newer afteryou added are passed over: going back to an older one must not cost who started what. */
export const STATE_RECORD = z.object({
  /** Key of the peer, `SERVICE/NAME`. */
  peer: z.string(),
  /** null for a peer that is gone for so long that only its history is left. */
  memory: MEMORY.nullable(),
  history: STORED_HISTORY,
});

export type StateRecord = z.output<typeof STATE_RECORD>;

export function stateRecord(peer: string, memory: PeerMemory | null, history: StoredHistory): StateRecord {
  if (memory === null) return { peer, memory, history };
  return { peer, memory: { ...memory, lineages: memory.lineages.slice(-LINEAGES_MAX) }, history };
}
