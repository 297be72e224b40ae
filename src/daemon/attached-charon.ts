/**
 * Requests to a charon that is there: which connection each goes over, in which order, and what it means if
 * no answer comes.
 *
 * charon works on the requests of one connection one after the other (VICI README, "Commands"). What it
 * initiates or rekeys may have to resolve a host name first, which takes as long as DNS does; so that goes
 * over a connection of its own, and what stands behind it there is only more of the same. Any other request
 * can wait for an IKE_SA that a thread of charon works on. So a missing answer alone never says that charon
 * hangs: that is asked for over the connection of the events, where nothing stands before the question.
 */

import {
  type ConnectionFacts,
  initiate,
  type MessageCursor,
  readConnection,
  readListSa,
  rekey,
  Session,
  terminate,
  ViciError,
  version,
} from '../vici/index.ts';
import type { Charon, ListedIkeSa } from './charon.ts';
import { Lane, URGENCY } from './lane.ts';
import { listedIkeSa } from './translate-facts.ts';

/** Longest wait for an ordinary answer, or between two items of a list; charon gives them in milliseconds. */
export const REQUEST_TIMEOUT_MS = 5_000;

/** Longest wait for charon to begin an initiation or rekeying: a resolver gives up in some 10-20 s. */
const START_TIMEOUT_MS = 60_000;

/** Most listings and terminations without an answer, each after its own time, before charon counts as away. */
const LATE_ANSWERS_MAX = 12;

/** The same for initiations: a week's worth. Not soon, because the next one would only hold another thread. */
const LATE_STARTS_MAX = 10_000;

export class AttachedCharon implements Charon {
  /** Resolves, with the reason, when the first of the connections has ended or charon hangs. */
  readonly ended: Promise<ViciError>;
  #reportEnd: (reason: ViciError) => void = () => undefined;
  readonly #events: Session;
  readonly #commands: Session;
  readonly #starts: Session;
  readonly #lane = new Lane();
  readonly #startLane = new Lane();
  /** Settles when all terminations asked for so far have their answer. */
  #terminated: Promise<unknown> = Promise.resolve();
  #probe: Promise<void> | undefined;

  /**
   * Makes the two connections for requests; they live as long as that of the `events`.
   * @throws VICI_CLOSED, VICI_TIMEOUT
   */
  static async open(address: string, events: Session): Promise<AttachedCharon> {
    const common = { timeoutMs: REQUEST_TIMEOUT_MS };
    const commands = await Session.connect(address, { ...common, maxLateAnswers: LATE_ANSWERS_MAX });
    try {
      const starts = await Session.connect(address, { ...common, maxLateAnswers: LATE_STARTS_MAX });
      return new AttachedCharon(events, commands, starts);
    } catch (error) {
      commands.close();
      throw error;
    }
  }

  private constructor(events: Session, commands: Session, starts: Session) {
    this.#events = events;
    this.#commands = commands;
    this.#starts = starts;
    this.ended = new Promise((resolve) => {
      this.#reportEnd = resolve;
    });
    for (const session of [events, commands, starts]) void session.closed.then((reason) => this.#end(reason));
  }

  /**
   * charon's version. Also keeps the items of listings registered from now on: else each listing would
   * register and unregister them, three questions instead of one.
   * @throws VICI_TIMEOUT, VICI_CLOSED
   */
  async begin(): Promise<string> {
    await this.#commands.subscribe(['list-sa', 'list-conn'], () => undefined);
    return (await version(this.#commands)).version;
  }

  listIkeSas(connection?: string): Promise<readonly ListedIkeSa[]> {
    const urgency = connection === undefined ? URGENCY.background : URGENCY.list;
    const filter = connection === undefined ? {} : { ike: connection };
    const read = (item: MessageCursor) => listedIkeSa(readListSa(item));
    return this.#run(urgency, async () => await this.#list('list-sas', 'list-sa', filter, read));
  }

  listConnections(): Promise<readonly ConnectionFacts[]> {
    return this.#run(URGENCY.background, async () => {
      return await this.#list('list-conns', 'list-conn', {}, readConnection);
    });
  }

  initiate(connection: string, child: string | null): Promise<void> {
    const target = child === null ? { ike: connection } : { ike: connection, child };
    return this.#start(() => initiate(this.#starts, target, { timeoutMs: START_TIMEOUT_MS }));
  }

  rekeyChild(childSaId: string): Promise<void> {
    return this.#start(() => rekey(this.#starts, { childId: childSaId }, { timeoutMs: START_TIMEOUT_MS }));
  }

  terminate(ikeSaId: string): Promise<void> {
    const answered = this.#run(URGENCY.terminate, async () => {
      await terminate(this.#commands, { ikeId: ikeSaId });
    });
    // Terminations keep their order, so the last one's answer stands for all.
    this.#terminated = answered.catch(() => undefined);
    return answered;
  }

  async #list<Item>(
    command: string,
    event: string,
    filter: { readonly ike?: string },
    read: (item: MessageCursor) => Item,
  ): Promise<readonly Item[]> {
    const listed: Item[] = [];
    await this.#commands.stream(command, event, filter, (item) => {
      listed.push(read(item));
    });
    return listed;
  }

  /** A call never overtakes a termination: charon would reuse the very IKE_SA that is to go. */
  #start(job: () => Promise<unknown>): Promise<void> {
    return this.#startLane.run(URGENCY.initiate, async () => {
      await this.#terminated;
      await job();
    });
  }

  async #run<T>(urgency: (typeof URGENCY)[keyof typeof URGENCY], job: () => Promise<T>): Promise<T> {
    try {
      return await this.#lane.run(urgency, job);
    } catch (error) {
      if (error instanceof ViciError && error.code === 'VICI_TIMEOUT') await this.#checkAlive(error);
      throw error;
    }
  }

  /** `unanswered` had no answer: if charon doesn't answer the simplest question either, it hangs. */
  async #checkAlive(unanswered: ViciError): Promise<void> {
    this.#probe ??= version(this.#events)
      .then(
        () => undefined,
        () => this.#end(unanswered),
      )
      .finally(() => {
        this.#probe = undefined;
      });
    await this.#probe;
  }

  #end(reason: ViciError): void {
    this.#reportEnd(reason);
    this.#commands.close();
    this.#starts.close();
  }
}
