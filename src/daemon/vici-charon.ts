/**
 * The real charon: attached to it over VICI, again and again, and what it tells by itself.
 *
 * One connection for events, four for the log and for requests (`attached-charon.ts`); all are made anew whenever one ends,
 * or when charon takes connections but answers nothing. That counts as away.
 */

import { type MessageCursor, ReconnectingSession, type Session, ViciError } from '../vici/index.ts';
import { AttachedCharon, EVENT_BYTES_MAX, REQUEST_TIMEOUT_MS } from './attached-charon.ts';
import type { CharonListener, News } from './charon.ts';
import { EVENTS, LOG_EVENT, readEventNews } from './event-news.ts';

/** Most news held back while attaching; a charon that tells more in that time has to wait. */
const HELD_NEWS_MAX = 50_000;

export class ViciCharon {
  readonly #listener: CharonListener;
  readonly #events: ReconnectingSession;
  readonly #address: string;
  /** News that came before the first listing was taken in; null when they flow. */
  #held: News[] | null = [];
  #unreadableLogs = 0;

  constructor(address: string, listener: CharonListener) {
    this.#address = address;
    this.#listener = listener;
    this.#events = new ReconnectingSession({
      address,
      session: { timeoutMs: REQUEST_TIMEOUT_MS, readBytesMax: EVENT_BYTES_MAX },
      events: [...EVENTS],
      onEvent: (name, body) => this.#event(name, body),
      onAttached: (session) => this.#attach(session),
      onDetached: (reason) => {
        this.#held = [];
        this.#listener.onDetached(reason.message);
      },
      onRetry: (reason) => this.#listener.onRetry(reason.message),
    });
  }

  /** How many `log` events couldn't be read and were passed over, since the beginning. */
  get unreadableLogs(): number {
    return this.#unreadableLogs;
  }

  start(): void {
    this.#events.start();
  }

  /** Resolves soon, also if charon hangs: whoever waits for an answer gets VICI_CLOSED. */
  async stop(): Promise<void> {
    await this.#events.stop();
  }

  async #attach(events: Session): Promise<void> {
    this.#held = [];
    const attached = await AttachedCharon.open(this.#address, events, {
      onLog: (name, body) => this.#events.take(name, body),
      onLogMissed: () => this.#tell({ type: 'missed' }),
    });
    void attached.ended.then((reason) => {
      if (events.isOpen) this.#events.giveUp(reason);
    });
    await this.#listener.onAttached(attached, await attached.begin());
    const held = this.#held;
    this.#held = null;
    for (const news of held) this.#listener.onNews(news);
  }

  #event(name: string, body: MessageCursor): void {
    for (const news of this.#read(name, body)) this.#tell(news);
  }

  #tell(news: News): void {
    if (!this.#held) {
      this.#listener.onNews(news);
    } else if (this.#held.length < HELD_NEWS_MAX) {
      this.#held.push(news);
    } else {
      const text = `more than ${HELD_NEWS_MAX} events came before charon had listed what it has`;
      throw new ViciError('VICI_QUEUE_FULL', text);
    }
  }

  /** Only a `log` event is passed over if it can't be read: it is never more than a hint. */
  #read(name: string, body: MessageCursor): News[] {
    try {
      return readEventNews(name, body);
    } catch (error) {
      if (name !== LOG_EVENT || !(error instanceof ViciError) || error.code !== 'VICI_PROTOCOL') throw error;
      this.#unreadableLogs += 1;
      return [];
    }
  }
}
