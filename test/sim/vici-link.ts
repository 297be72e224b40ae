/**
 * One attachment of a sidecar to a charon: requests with their answers on one connection, events on another, the log on a third.
 *
 * Each has latencies of its own, so a listing can be older than events that have come already, and lines of the
 * log come later than events, or never (`log-gaps.ts`). Within one of the three the order is kept.
 */

import type { Charon, IsWanted, ListedIkeSa, News } from '../../src/daemon/charon.ts';
import type { ConnectionFacts } from '../../src/vici/index.ts';
import type { CharonModel } from './charon-model.ts';
import type { Dice } from './dice.ts';
import { LogGaps, type LogGapTraits } from './log-gaps.ts';
import type { Scheduler } from './scheduler.ts';

export interface ViciTraits extends LogGapTraits {
  /** Longest usual way of a request, an answer or an event. */
  readonly latencyMs: number;
  /** Share of requests that take up to `SLOW_MS`. */
  readonly slowShare: number;
  /** Longest way of a line of the log. */
  readonly logMs: number;
  /** Whether this version's words for calls are understood. */
  readonly hasCallHints: boolean;
}

export interface ViciWatcher {
  onNews(news: News): void;
  onClosed(): void;
  /** charon lists or ends IKE_SAs at this moment. */
  onListed(listed: readonly ListedIkeSa[], connection: string | undefined): void;
  /** `wasCall`: when it was asked to end it, the IKE_SA hadn't come up yet. */
  onTerminate(id: string, wasCall: boolean): void;
}

const SLOW_MS = 300;
/** As the daemon's own. */
const REQUEST_TIMEOUT_MS = 5_000;

export class ViciLink implements Charon {
  readonly #charon: CharonModel;
  readonly #scheduler: Scheduler;
  readonly #dice: Dice;
  readonly #traits: ViciTraits;
  readonly #watcher: ViciWatcher;
  readonly #open = new Set<(reason: Error) => void>();
  readonly #logGaps: LogGaps;
  #freeMs = 0;
  #eventMs = 0;
  #logMs = 0;
  #isClosed = false;

  constructor(
    charon: CharonModel,
    scheduler: Scheduler,
    dice: Dice,
    traits: ViciTraits,
    watcher: ViciWatcher,
  ) {
    this.#charon = charon;
    this.#scheduler = scheduler;
    this.#dice = dice;
    this.#traits = traits;
    this.#watcher = watcher;
    // Told on the connection of the log, like the lines that follow.
    this.#logGaps = new LogGaps(scheduler, dice.fork('log gaps'), traits, () => {
      this.#deliver({ type: 'missed' }, true);
    });
  }

  get isClosed(): boolean {
    return this.#isClosed;
  }

  /** Either end closes. What was asked and not answered fails. */
  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#logGaps.stop();
    for (const reject of this.#open) reject(new Error('the connection to charon was closed'));
    this.#open.clear();
    this.#scheduler.settled();
    this.#watcher.onClosed();
  }

  /** Something that charon tells by itself. */
  push(news: News, isLog: boolean): void {
    if (this.#isClosed) return;
    if (isLog && this.#logGaps.isDeaf) return;
    const { hasCallHints } = this.#traits;
    if (!hasCallHints && news.type === 'peer' && /^(?:call-seen|peer-calls)$/.test(news.news.type)) return;
    this.#deliver(news, isLog);
  }

  #deliver(news: News, isLog: boolean): void {
    const { latencyMs, logMs } = this.#traits;
    const inMs = this.#dice.next() * (isLog ? logMs : latencyMs);
    const atMs = Math.max(this.#scheduler.nowMs() + inMs, isLog ? this.#logMs : this.#eventMs);
    if (isLog) this.#logMs = atMs;
    else this.#eventMs = atMs;
    this.#scheduler.callAt(atMs, () => {
      // What is on its way when the sidecar turns away is lost as well.
      if (this.#isClosed || (isLog && this.#logGaps.isDeaf)) return;
      this.#watcher.onNews(news);
    });
  }

  listIkeSas(connection?: string, onSent?: () => void): Promise<readonly ListedIkeSa[]> {
    const send = (): boolean => {
      onSent?.();
      return true;
    };
    return this.#request(send, () => {
      const listed = this.#charon.list(connection);
      this.#watcher.onListed(listed, connection);
      return listed;
    }).then((listed) => listed ?? []);
  }

  listConnections(): Promise<readonly ConnectionFacts[]> {
    return this.#request(undefined, () => this.#charon.listConnections()).then((listed) => listed ?? []);
  }

  initiate(connection: string, child: string | null, isWanted?: IsWanted): Promise<boolean> {
    const isSent = (): boolean => {
      if (isWanted?.() === false) return false;
      this.#logGaps.called();
      return true;
    };
    return this.#do(isSent, () => this.#charon.initiate(connection, child));
  }

  rekeyChild(childSaId: string, isWanted?: IsWanted): Promise<boolean> {
    return this.#do(isWanted, () => this.#charon.rekeyChild(childSaId));
  }

  terminate(ikeSaId: string, isWanted?: IsWanted): Promise<boolean> {
    const wasCall = this.#charon.core.sas.get(ikeSaId)?.state === 'CONNECTING';
    return this.#do(isWanted, () => {
      this.#watcher.onTerminate(ikeSaId, wasCall);
      this.#charon.terminate(ikeSaId);
    });
  }

  terminateChild(childSaId: string, isWanted?: IsWanted): Promise<boolean> {
    return this.#do(isWanted, () => this.#charon.terminateChild(childSaId));
  }

  async #do(isWanted: IsWanted | undefined, work: () => void): Promise<boolean> {
    const done = await this.#request(isWanted, () => {
      work();
      return true as const;
    });
    return done ?? false;
  }

  /**
   * One at a time, in order. It is sent when the one before has its answer, if it is wanted then; `work` happens when charon
   * gets to it, and its result is on its way a little longer. @returns null if it wasn't sent
   */
  #request<T>(isWanted: IsWanted | undefined, work: () => T): Promise<T | null> {
    if (this.#isClosed) return Promise.reject(new Error('the connection to charon was closed'));
    return new Promise((resolve, reject) => {
      this.#open.add(reject);
      const sentMs = Math.max(this.#scheduler.nowMs(), this.#freeMs);
      const workMs = sentMs + this.#latencyMs();
      this.#freeMs = workMs + this.#latencyMs();
      let isSent = true;
      this.#scheduler.callAt(sentMs, () => {
        isSent = isWanted?.() ?? true;
      });
      const answerMs = this.#freeMs;
      const settle = (act: () => void): void => {
        this.#scheduler.callAt(answerMs, () => {
          if (this.#isClosed) return;
          this.#open.delete(reject);
          act();
          this.#scheduler.settled();
        });
      };
      this.#atCharon(workMs, () => {
        try {
          const result = isSent ? work() : null;
          settle(() => resolve(result));
        } catch (error) {
          settle(() => reject(error));
        }
      });
    });
  }

  /** A frozen charon answers when it is thawed, unless the client has lost its patience by then. */
  #atCharon(workMs: number, work: () => void): void {
    this.#scheduler.callAt(workMs, () => {
      if (this.#isClosed) return;
      const { frozenUntilMs } = this.#charon.core;
      if (this.#scheduler.nowMs() >= frozenUntilMs) work();
      else if (frozenUntilMs - workMs > REQUEST_TIMEOUT_MS) {
        this.#scheduler.callIn(REQUEST_TIMEOUT_MS, () => this.close());
      } else {
        this.#freeMs = Math.max(this.#freeMs, frozenUntilMs);
        this.#atCharon(frozenUntilMs, work);
      }
    });
  }

  #latencyMs(): number {
    const { latencyMs, slowShare } = this.#traits;
    const mostMs = slowShare > 0 && this.#dice.chance(slowShare) ? SLOW_MS : latencyMs;
    return this.#dice.next() * mostMs;
  }
}
