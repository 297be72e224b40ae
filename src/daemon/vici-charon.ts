/**
 * The real charon: one VICI connection for events, one for commands, both made anew whenever one ends.
 *
 * A charon that takes connections but doesn't answer counts as away: what it was asked runs into its
 * timeout and both connections are dropped.
 */

import {
  type ConnectionFacts,
  initiate,
  type MessageCursor,
  ReconnectingSession,
  readConnection,
  readListSa,
  rekey,
  Session,
  terminate,
  ViciError,
  version,
} from '../vici/index.ts';
import type { Charon, CharonListener, ListedIkeSa, News } from './charon.ts';
import { EVENTS, readEventNews } from './event-news.ts';
import { Lane, URGENCY } from './lane.ts';
import { listedIkeSa } from './translate-facts.ts';

/** Longest wait for an ordinary answer; charon gives them in milliseconds. */
const REQUEST_TIMEOUT_MS = 5_000;

/** Longest wait between two items of a list of everything. */
const LIST_TIMEOUT_MS = 10_000;

/** Most news held back while attaching; a charon that tells more in that time has to wait. */
const HELD_NEWS_MAX = 50_000;

export class ViciCharon {
  readonly #listener: CharonListener;
  readonly #events: ReconnectingSession;
  readonly #address: string;
  #attached: Attached | null = null;
  /** News that came before the first listing was taken in; null when they flow. */
  #held: News[] | null = [];

  constructor(address: string, listener: CharonListener) {
    this.#address = address;
    this.#listener = listener;
    this.#events = new ReconnectingSession({
      address,
      session: { timeoutMs: REQUEST_TIMEOUT_MS },
      events: [...EVENTS],
      onEvent: (name, body) => this.#event(name, body),
      onAttached: (session) => this.#attach(session),
      onDetached: (reason) => this.#detach(reason),
      onRetry: (reason) => {
        this.#dropCommands();
        this.#listener.onRetry(reason.message);
      },
    });
  }

  start(): void {
    this.#events.start();
  }

  async stop(): Promise<void> {
    await this.#events.stop();
    this.#dropCommands();
  }

  /** Charon must have died or hung in a way that only a new connection can tell. */
  #giveUp(): void {
    this.#events.session?.close();
    this.#dropCommands();
  }

  async #attach(events: Session): Promise<void> {
    this.#held = [];
    const commands = await Session.connect(this.#address, { timeoutMs: REQUEST_TIMEOUT_MS });
    const attached = new Attached(commands);
    this.#attached = attached;
    void attached.ended.then(() => events.close());
    const answer = await version(commands);
    await this.#listener.onAttached(attached, answer.version);
    const held = this.#held;
    this.#held = null;
    for (const news of held) this.#listener.onNews(news);
  }

  #event(name: string, body: MessageCursor): void {
    for (const news of readEventNews(name, body)) {
      if (!this.#held) {
        this.#listener.onNews(news);
      } else if (this.#held.length < HELD_NEWS_MAX) {
        this.#held.push(news);
      } else {
        this.#giveUp();
      }
    }
  }

  #detach(reason: ViciError): void {
    this.#held = [];
    // If the commands' connection went first, that of the events was only closed because of it.
    const why = this.#attached?.endReason ?? reason;
    this.#dropCommands();
    this.#listener.onDetached(why.message);
  }

  #dropCommands(): void {
    this.#attached?.close();
    this.#attached = null;
  }
}

/** Requests over the command connection. */
class Attached implements Charon {
  /** Resolves when the connection has ended. */
  readonly ended: Promise<void>;
  readonly #session: Session;
  readonly #lane = new Lane();
  #endReason: ViciError | undefined;

  constructor(session: Session) {
    this.#session = session;
    this.ended = session.closed.then((reason) => {
      this.#endReason ??= reason;
    });
  }

  /** Why it has ended: charon left a request unanswered, or closed the connection. */
  get endReason(): ViciError | undefined {
    return this.#endReason;
  }

  close(): void {
    this.#session.close();
  }

  listIkeSas(connection?: string): Promise<readonly ListedIkeSa[]> {
    const urgency = connection === undefined ? URGENCY.background : URGENCY.list;
    return this.#run(urgency, async () => {
      const listed: ListedIkeSa[] = [];
      const filter = connection === undefined ? {} : { ike: connection };
      await this.#session.stream(
        'list-sas',
        'list-sa',
        filter,
        (item) => {
          listed.push(listedIkeSa(readListSa(item)));
        },
        { timeoutMs: LIST_TIMEOUT_MS },
      );
      return listed;
    });
  }

  listConnections(): Promise<readonly ConnectionFacts[]> {
    return this.#run(URGENCY.background, async () => {
      const listed: ConnectionFacts[] = [];
      await this.#session.stream(
        'list-conns',
        'list-conn',
        {},
        (item) => {
          listed.push(readConnection(item));
        },
        { timeoutMs: LIST_TIMEOUT_MS },
      );
      return listed;
    });
  }

  initiate(connection: string, child: string | null): Promise<void> {
    return this.#run(URGENCY.initiate, async () => {
      await initiate(this.#session, child === null ? { ike: connection } : { ike: connection, child });
    });
  }

  rekeyChild(childSaId: string): Promise<void> {
    return this.#run(URGENCY.initiate, async () => {
      await rekey(this.#session, { childId: childSaId });
    });
  }

  terminate(ikeSaId: string): Promise<void> {
    return this.#run(URGENCY.terminate, async () => {
      await terminate(this.#session, { ikeId: ikeSaId });
    });
  }

  async #run<T>(urgency: (typeof URGENCY)[keyof typeof URGENCY], job: () => Promise<T>): Promise<T> {
    try {
      return await this.#lane.run(urgency, job);
    } catch (error) {
      if (error instanceof ViciError && error.code === 'VICI_TIMEOUT') {
        this.#endReason ??= error;
        this.close();
      }
      throw error;
    }
  }
}
