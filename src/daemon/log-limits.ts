/**
 * How many lines a peer may write into the log: a peer that cycles for days, or one that comes and goes ten times a
 * second, must not bury the others.
 *
 * Each sort of line has a bucket of its own for each peer, so that "up" is told however long a peer has cycled. What is left
 * out is counted, told with the next line of the peer, and stays in the history (`afteryou events`).
 */

import type { HistoryEntry } from '../control/api.ts';
import type { Clock } from '../timers/clock.ts';
import { dropOldest } from './drop-oldest.ts';

/** `routine`: the two modes by turns, and notes. `outcome`: any other change of state. */
export type Sort = 'routine' | 'outcome' | 'trouble';

/** Lines at once, and how long until one more may be written. */
export const LIMITS: Readonly<Record<Sort, { readonly burst: number; readonly refillMs: number }>> = {
  routine: { burst: 30, refillMs: 300_000 },
  outcome: { burst: 30, refillMs: 10_000 },
  trouble: { burst: 15, refillMs: 300_000 },
};

/** Peers that are counted for; beyond that the one that wrote the longest time ago starts anew. */
const PEERS_MAX = 20_000;

interface Budget {
  readonly left: Record<Sort, number>;
  readonly refilledMs: Record<Sort, number>;
  suppressed: number;
}

const MODES: ReadonlySet<string | null> = new Set(['responder-mode', 'initiator-mode']);

export function sortOf({ kind, from, to }: Pick<HistoryEntry, 'kind' | 'from' | 'to'>): Sort {
  if (kind === 'trouble') return 'trouble';
  return kind === 'transition' && !(MODES.has(from) && MODES.has(to)) ? 'outcome' : 'routine';
}

export class LogLimits {
  readonly #clock: Clock;
  readonly #budgets = new Map<string, Budget>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** @returns how many lines of this peer were left out since its last one; null: this one is to be left out too */
  admit(peer: string, sort: Sort): number | null {
    const budget = this.#budgetOf(peer);
    this.#refill(budget, sort);
    if (budget.left[sort] < 1) {
      budget.suppressed += 1;
      return null;
    }
    budget.left[sort] -= 1;
    const { suppressed } = budget;
    budget.suppressed = 0;
    return suppressed;
  }

  #budgetOf(peer: string): Budget {
    const nowMs = this.#clock.nowMs();
    const budget = this.#budgets.get(peer) ?? {
      left: { routine: LIMITS.routine.burst, outcome: LIMITS.outcome.burst, trouble: LIMITS.trouble.burst },
      refilledMs: { routine: nowMs, outcome: nowMs, trouble: nowMs },
      suppressed: 0,
    };
    this.#budgets.delete(peer);
    this.#budgets.set(peer, budget);
    dropOldest(this.#budgets, PEERS_MAX);
    return budget;
  }

  #refill({ left, refilledMs }: Budget, sort: Sort): void {
    const { burst, refillMs } = LIMITS[sort];
    const lines = Math.floor((this.#clock.nowMs() - refilledMs[sort]) / refillMs);
    left[sort] = Math.min(burst, left[sort] + lines);
    refilledMs[sort] += lines * refillMs;
  }
}
