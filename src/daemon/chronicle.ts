/**
 * What the fleet does, told once charon is served: to the history and the log, to the metrics, to whoever keeps the state file.
 */

import type { Recorder } from '../metrics/recorder.ts';
import type { Clock } from '../timers/clock.ts';
import { Afterwards } from './afterwards.ts';
import type { FleetOptions } from './fleet.ts';
import type { History } from './history.ts';
import { Journal } from './journal.ts';
import type { Log } from './log.ts';
import { isWorthSeeing, Outcomes } from './outcomes.ts';

export interface ChronicleOptions {
  readonly clock: Clock;
  readonly log: Log;
  readonly recorder: Recorder;
  /** The history has got an entry. */
  readonly onEntry: () => void;
}

export class Chronicle {
  /** What a fleet is given. */
  readonly listeners: Required<Pick<FleetOptions, 'onEntry' | 'onStep' | 'onLateness'>>;
  readonly #afterwards: Afterwards;
  readonly #journal: Journal;

  constructor({ clock, log, recorder, onEntry }: ChronicleOptions) {
    const afterwards = new Afterwards(clock);
    const journal = new Journal({ clock, log, onSuppressed: () => recorder.lineSuppressed() });
    const outcomes = new Outcomes(recorder);
    this.#afterwards = afterwards;
    this.#journal = journal;
    this.listeners = {
      onEntry: ({ definition }, entry, atMs) =>
        afterwards.later(() => {
          journal.add(definition, entry, atMs);
          onEntry();
        }),
      onStep: (step) => {
        if (isWorthSeeing(step)) afterwards.later(() => outcomes.see(step));
      },
      onLateness: (latenessMs) => afterwards.later(() => recorder.timerLag(latenessMs)),
    };
  }

  /** With all that has happened so far. */
  get history(): History {
    this.catchUp();
    return this.#journal.history;
  }

  /** Tells all that has happened so far: before somebody reads it, or before a line that stands for what came after. */
  catchUp(): void {
    this.#afterwards.flush();
  }

  /** The same a last time. */
  stop(): void {
    this.#afterwards.stop();
  }
}
