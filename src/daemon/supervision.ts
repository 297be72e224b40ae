/**
 * When systemd is told what: ready once charon was listed or is waited for, alive while it is, and how many peers are up.
 *
 * Looks at the daemon every so often rather than being called by it: if the loop stands still, so does this, and the
 * watchdog bites. Knows nothing of how it is told.
 */

import type { CancelTimer, Clock } from '../timers/clock.ts';
import type { Notice } from './notify.ts';

/** How the daemon is at this moment. */
export interface Vitals {
  /** The configuration is right, and charon was listed or is waited for. */
  readonly isReady: boolean;
  /** charon has answered lately, or it is known to be away and tried again and again. */
  readonly isAlive: boolean;
  /** For people, one line. */
  readonly text: string;
}

export interface SupervisionOptions {
  readonly clock: Clock;
  readonly tell: (notice: Notice) => void;
  readonly vitals: () => Vitals;
  /** systemd's `WatchdogSec` in ms; null without a watchdog. */
  readonly watchdogMs: number | null;
}

/** Until it is ready, and from then on. */
const LOOK_MS = { starting: 100, running: 1_000 } as const;

/** Counts may change many times a second; each telling starts a process. */
const STATUS_EVERY_MS = 2_000;

/** Of a watchdog's time: two signs of life may be late, or lost. */
const WATCHDOG_SHARE = 3;

export class Supervision {
  readonly #options: SupervisionOptions;
  #cancel: CancelTimer = () => undefined;
  #isReady = false;
  #text = '';
  #textMs = Number.NEGATIVE_INFINITY;
  #fedMs = Number.NEGATIVE_INFINITY;

  constructor(options: SupervisionOptions) {
    this.#options = options;
  }

  start(): void {
    const { clock } = this.#options;
    this.#look();
    const waitMs = this.#isReady ? LOOK_MS.running : LOOK_MS.starting;
    this.#cancel = clock.callAt(clock.nowMs() + waitMs, () => this.start());
  }

  stop(): void {
    this.#cancel();
  }

  #look(): void {
    const { clock, tell, vitals, watchdogMs } = this.#options;
    const nowMs = clock.nowMs();
    const { isReady, isAlive, text } = vitals();
    const becomesReady = isReady && !this.#isReady;
    const notice: Record<string, string> = {};
    if (becomesReady) notice['READY'] = '1';
    if (text !== this.#text && (becomesReady || nowMs - this.#textMs >= STATUS_EVERY_MS)) {
      notice['STATUS'] = text;
      this.#text = text;
      this.#textMs = nowMs;
    }
    this.#isReady ||= isReady;
    if (watchdogMs !== null && isAlive && nowMs - this.#fedMs >= watchdogMs / WATCHDOG_SHARE) {
      notice['WATCHDOG'] = '1';
      this.#fedMs = nowMs;
    }
    if (Object.keys(notice).length > 0) tell(notice);
  }
}

/** The watchdog's time in ms from what systemd puts into the environment; null if it isn't meant for us. */
export function watchdogMsOf(environment: NodeJS.ProcessEnv, processId: number): number | null {
  const microseconds = Number(environment['WATCHDOG_USEC']);
  const isOurs = [undefined, String(processId)].includes(environment['WATCHDOG_PID']);
  return isOurs && microseconds > 0 ? microseconds / 1000 : null;
}
