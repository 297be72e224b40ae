/**
 * Requests to a charon that is there: which connection each goes over, in which order, and what it means if
 * no answer comes.
 *
 * charon works on the requests of one connection one after the other (VICI README, "Commands"). What it
 * initiates or rekeys may have to resolve a host name first, which takes as long as DNS does; so that goes
 * over a connection of its own, and what stands behind it there is only more of the same. Any other request
 * can wait for an IKE_SA that a thread of charon works on. So a missing answer alone never says that charon
 * hangs: that is asked for over the connection of the events, where nothing stands before the question.
 *
 * The log has a connection of its own, which is read with rests in between: it is most of what charon tells, and only hints. So
 * have the listings of everything that nobody waits for, of which charon sends each item by itself.
 */

import { preciseMs, systemClock } from '../timers/clock.ts';
import {
  type ConnectionFacts,
  type EventHandler,
  initiate,
  type MessageCursor,
  readListSa,
  rekey,
  type SaTarget,
  Session,
  type SessionOptions,
  terminate,
  ViciError,
  version,
} from '../vici/index.ts';
import { type Charon, type IsWanted, type ListedIkeSa, STARTS_AHEAD } from './charon.ts';
import { ConnectionReader, NO_CONNECTIONS } from './connection-reader.ts';
import { LOG_EVENT } from './event-news.ts';
import { Lane, URGENCY, type Urgency } from './lane.ts';
import { ListingReader, type RememberedIkeSa } from './listing-reader.ts';
import { LogListening } from './log-listening.ts';
import { PeerListings } from './peer-listings.ts';
import { listedIkeSa } from './translate-facts.ts';

/** Longest wait for an ordinary answer, or between two items of a list; charon gives them in milliseconds. */
export const REQUEST_TIMEOUT_MS = 5_000;

/** Longest wait for charon to begin an initiation or rekeying: a resolver gives up in some 10-20 s. */
const START_TIMEOUT_MS = 60_000;

/** Most items of one listing: twice what 100,000 peers need. A charon that never ends would take all memory. */
export const LISTED_MAX = 250_000;

/** Most listings and terminations without an answer, each after its own time, before charon counts as away. */
const LATE_ANSWERS_MAX = 12;

/** The same for initiations: a week's worth. Not soon, because the next one would only hold another thread. */
const LATE_STARTS_MAX = 10_000;

/**
 * Longest wait until charon tells of its log, or no more: it is asked amid bursts of calls and after them, when it has much to do, and a
 * missing answer ends all connections. Whether charon hangs is found out sooner over the others.
 */
const LOG_TIMEOUT_MS = 30_000;

/** Some three events: what is asked for because of them goes out before the next ones are read. */
export const EVENT_BYTES_MAX = 4_096;

/** Some thirty-five lines, a few tenths of a millisecond's work: a storm of them holds up no event. Less costs more at rest. */
const LOG_BYTES_MAX = 8_192;

/**
 * Rest between readings of a listing that nobody waits for, which takes charon 100 ms for 1,000 peers: in real time each item would wake
 * us by itself, and those wake-ups would be a fifth of what 1,000 peers at rest take (docs/scale.md).
 */
const LISTING_REST_MS = 5;

/** How old a line of the log may get, if there are many: reading them together takes both ends half of the work (docs/scale.md). */
const LOG_REST_MS = 100;

export interface LogHandlers {
  /** Called for each line of the log. */
  readonly onLog: EventHandler;
  /** Lines may have been missed. */
  readonly onLogMissed: () => void;
}

type Sessions = Readonly<Record<'events' | 'log' | 'commands' | 'listings' | 'starts', Session>>;

export class AttachedCharon implements Charon {
  /** Resolves, with the reason, when the first of the connections has ended or charon hangs. */
  readonly ended: Promise<ViciError>;
  #reportEnd: (reason: ViciError) => void = () => undefined;
  readonly #sessions: Sessions;
  readonly #logListening: LogListening;
  readonly #lane = new Lane();
  readonly #startLane = new Lane(STARTS_AHEAD);
  readonly #peerListings = new PeerListings({
    run: (job) => this.#run(URGENCY.list, job),
    listOne: (connection) => this.#listOne(connection),
    listAll: () => this.#listAll(this.#sessions.commands),
    nowMs: preciseMs,
  });
  /** Settles when all terminations asked for so far have their answer. */
  #terminated: Promise<unknown> = Promise.resolve();
  #probe: Promise<void> | undefined;
  /** Of the last listing of all. */
  #remembered: readonly RememberedIkeSa[] = [];
  #connections = NO_CONNECTIONS;

  /**
   * Makes the connections for the log and for requests; they live as long as that of the `events`.
   * @throws VICI_CLOSED, VICI_TIMEOUT
   */
  static async open(
    address: string,
    events: Session,
    { onLog, onLogMissed }: LogHandlers,
  ): Promise<AttachedCharon> {
    const opened: Session[] = [];
    const open = async (options: SessionOptions): Promise<Session> => {
      const session = await Session.connect(address, { timeoutMs: REQUEST_TIMEOUT_MS, ...options });
      opened.push(session);
      return session;
    };
    try {
      const log = await open({
        restMs: LOG_REST_MS,
        timeoutMs: LOG_TIMEOUT_MS,
        readBytesMax: LOG_BYTES_MAX,
      });
      const logListening = new LogListening({
        clock: systemClock,
        subscribe: () => log.subscribe([LOG_EVENT], onLog),
        onMissed: onLogMissed,
      });
      await logListening.begin();
      const commands = await open({ maxLateAnswers: LATE_ANSWERS_MAX });
      const listings = await open({ maxLateAnswers: LATE_ANSWERS_MAX, restMs: LISTING_REST_MS });
      const starts = await open({ maxUnderWay: STARTS_AHEAD, maxLateAnswers: LATE_STARTS_MAX });
      return new AttachedCharon({ events, log, commands, listings, starts }, logListening);
    } catch (error) {
      for (const session of opened) session.close();
      throw error;
    }
  }

  private constructor(sessions: Sessions, logListening: LogListening) {
    this.#sessions = sessions;
    this.#logListening = logListening;
    this.ended = new Promise((resolve) => {
      this.#reportEnd = resolve;
    });
    for (const session of Object.values(sessions)) void session.closed.then((reason) => this.#end(reason));
  }

  /**
   * charon's version. Also keeps the items of listings registered from now on: else each listing would
   * register and unregister them, three questions instead of one.
   * @throws VICI_TIMEOUT, VICI_CLOSED
   */
  async begin(): Promise<string> {
    const { commands, listings } = this.#sessions;
    await commands.subscribe(['list-sa'], () => undefined);
    await listings.subscribe(['list-sa', 'list-conn'], () => undefined);
    return (await version(commands)).version;
  }

  listIkeSas(connection?: string, onSent?: () => void): Promise<readonly ListedIkeSa[]> {
    if (connection !== undefined) return this.#peerListings.list(connection, onSent);
    return this.#run(URGENCY.background, () => {
      onSent?.();
      return this.#listAll(this.#sessions.listings);
    });
  }

  async #listOne(connection: string): Promise<readonly ListedIkeSa[]> {
    const listed: ListedIkeSa[] = [];
    const take = (item: MessageCursor) => listed.push(listedIkeSa(readListSa(item)));
    await this.#list(this.#sessions.commands, 'list-sas', 'list-sa', { ike: connection }, take);
    return listed;
  }

  async #listAll(session: Session): Promise<readonly ListedIkeSa[]> {
    const reader = new ListingReader(this.#remembered);
    await this.#list(session, 'list-sas', 'list-sa', {}, (item) => reader.read(item));
    this.#remembered = reader.remembered;
    return reader.listed;
  }

  listConnections(): Promise<readonly ConnectionFacts[]> {
    return this.#run(URGENCY.background, async () => {
      const reader = new ConnectionReader(this.#connections);
      await this.#list(this.#sessions.listings, 'list-conns', 'list-conn', {}, (item) => reader.read(item));
      this.#connections = reader.remembered;
      return this.#connections.all;
    });
  }

  initiate(connection: string, child: string | null, isWanted?: IsWanted): Promise<boolean> {
    const target = child === null ? { ike: connection } : { ike: connection, child };
    const job = () => {
      this.#logListening.called();
      return initiate(this.#sessions.starts, target, { timeoutMs: START_TIMEOUT_MS });
    };
    return this.#start(URGENCY.initiate, job, isWanted);
  }

  rekeyChild(childSaId: string, isWanted?: IsWanted): Promise<boolean> {
    const job = () => rekey(this.#sessions.starts, { childId: childSaId }, { timeoutMs: START_TIMEOUT_MS });
    return this.#start(URGENCY.rekey, job, isWanted);
  }

  terminate(ikeSaId: string, isWanted?: IsWanted): Promise<boolean> {
    return this.#terminate({ ikeId: ikeSaId }, isWanted);
  }

  terminateChild(childSaId: string, isWanted?: IsWanted): Promise<boolean> {
    return this.#terminate({ childId: childSaId }, isWanted);
  }

  #terminate(target: SaTarget, isWanted: IsWanted | undefined): Promise<boolean> {
    const answered = this.#run(URGENCY.terminate, async () => {
      if (isWanted?.() === false) return false;
      await terminate(this.#sessions.commands, target);
      return true;
    });
    // Terminations keep their order, so the last one's answer stands for all.
    this.#terminated = answered.catch(() => undefined);
    return answered;
  }

  async #list(
    session: Session,
    command: string,
    event: string,
    filter: { readonly ike?: string },
    take: (item: MessageCursor) => void,
  ): Promise<void> {
    let count = 0;
    await session.stream(command, event, filter, (item) => {
      if (count === LISTED_MAX) throw this.#tooMany(command);
      count += 1;
      take(item);
    });
  }

  /** A call never overtakes a termination: charon would reuse the very IKE_SA that is to go. */
  #start(urgency: Urgency, job: () => Promise<unknown>, isWanted: IsWanted | undefined): Promise<boolean> {
    return this.#startLane.run(urgency, async () => {
      await this.#terminated;
      if (isWanted?.() === false) return false;
      await job();
      return true;
    });
  }

  async #run<T>(urgency: Urgency, job: () => Promise<T>): Promise<T> {
    try {
      return await this.#lane.run(urgency, job);
    } catch (error) {
      if (error instanceof ViciError && error.code === 'VICI_TIMEOUT') await this.#checkAlive(error);
      throw error;
    }
  }

  /** `unanswered` had no answer: if charon doesn't answer the simplest question either, it hangs. */
  async #checkAlive(unanswered: ViciError): Promise<void> {
    this.#probe ??= version(this.#sessions.events)
      .then(
        () => undefined,
        () => this.#end(unanswered),
      )
      .finally(() => {
        this.#probe = undefined;
      });
    await this.#probe;
  }

  /** Its end need not come, so all connections are made anew. */
  #tooMany(command: string): ViciError {
    const reason = new ViciError('VICI_PROTOCOL', `${command} has more than ${LISTED_MAX} items`);
    this.#end(reason);
    return reason;
  }

  #end(reason: ViciError): void {
    this.#reportEnd(reason);
    this.#logListening.stop();
    const { log, commands, listings, starts } = this.#sessions;
    for (const session of [log, commands, listings, starts]) session.close();
  }
}
