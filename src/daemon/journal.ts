/**
 * What happened to peers, for whoever asks and for the log: kept in the history, written as lines, but not too many.
 */

import type { HistoryEntry } from '../control/api.ts';
import type { Clock } from '../timers/clock.ts';
import { History } from './history.ts';
import type { Log } from './log.ts';
import { LogLimits, sortOf } from './log-limits.ts';
import { isoOf } from './moments.ts';
import type { PeerDefinition } from './peer-table.ts';

/** What the policy tells of a peer. */
export type Entry = Pick<HistoryEntry, 'kind' | 'from' | 'to' | 'rule' | 'why'>;

export interface JournalOptions {
  readonly clock: Clock;
  readonly log: Log;
  /** A line was left out of the log because its peer had too many. */
  readonly onSuppressed: () => void;
}

export class Journal {
  readonly history: History = new History();
  readonly #options: JournalOptions;
  readonly #limits: LogLimits;

  constructor(options: JournalOptions) {
    this.#options = options;
    this.#limits = new LogLimits(options.clock);
  }

  /** @param atMs when it was decided, which on a busy machine is a while ago */
  add({ key, name, service }: PeerDefinition, { kind, from, to, rule, why }: Entry, atMs: number): void {
    const { clock, log, onSuppressed } = this.#options;
    const at = isoOf(clock, atMs);
    this.history.add(key, { at, service, peer: name, kind, from, to, rule, why });
    // Whoever debugs wants all of it.
    const suppressed = log.isLevelEnabled('debug') ? 0 : this.#limits.admit(key, sortOf({ kind, from, to }));
    if (suppressed === null) {
      onSuppressed();
    } else {
      const fields = {
        service,
        peer: name,
        from,
        to,
        rule,
        why,
        suppressed: suppressed === 0 ? null : suppressed,
      };
      log[kind === 'trouble' ? 'warning' : 'info'](fields);
    }
  }
}
