/**
 * Listings of single connections that wait for charon: answered one by one or, when many wait, all by one listing of everything.
 *
 * charon goes through all its IKE_SAs for each question, whatever its filter, and waits for each that a thread works on. With
 * 1,000 of them a question by name took it 1 to 4 ms and one for all of them 30 to 100 ms (measured on 5.9.8).
 *
 * Knows nothing of VICI: how one and all are asked for is handed in.
 */

import { AfteryouError } from '../errors.ts';
import type { ListedIkeSa } from './charon.ts';
import { inSlices } from './in-slices.ts';

/** From so many on everything is asked for; with fewer, if by the last times that takes no longer than one question for each. */
export const MANY_LISTINGS = 16;

/** Most that may wait: one for each of 100,000 peers. */
const WAITING_MAX = 100_000;

export interface PeerListingsOptions {
  /** Runs a job when it is its turn among the requests to charon. */
  readonly run: (job: () => Promise<void>) => Promise<void>;
  readonly listOne: (connection: string) => Promise<readonly ListedIkeSa[]>;
  readonly listAll: () => Promise<readonly ListedIkeSa[]>;
  /** With fractions: most questions take less than a millisecond. */
  readonly nowMs: () => number;
}

interface Waiting {
  readonly connection: string;
  readonly onSent: (() => void) | undefined;
  readonly resolve: (listed: readonly ListedIkeSa[]) => void;
  readonly reject: (error: unknown) => void;
}

export class PeerListings {
  readonly #options: PeerListingsOptions;
  #waiting: Waiting[] = [];
  #isAsking = false;
  /** How long the last question took: for one, and for everything. */
  #oneMs = 0;
  #allMs = Number.POSITIVE_INFINITY;

  constructor(options: PeerListingsOptions) {
    this.#options = options;
  }

  /**
   * The IKE_SAs of `connection`; `onSent` is called right before the question is sent that answers it.
   * @throws VICI_QUEUE_FULL if too many wait; else what the question ends with
   */
  list(connection: string, onSent?: () => void): Promise<readonly ListedIkeSa[]> {
    return new Promise((resolve, reject) => {
      if (this.#waiting.length >= WAITING_MAX) {
        reject(new AfteryouError('VICI_QUEUE_FULL', `more than ${WAITING_MAX} listings wait for charon`));
        return;
      }
      this.#waiting.push({ connection, onSent, resolve, reject });
      if (!this.#isAsking) void this.#ask();
    });
  }

  async #ask(): Promise<void> {
    this.#isAsking = true;
    while (this.#waiting.length > 0) await this.#askOnce();
    this.#isAsking = false;
  }

  #isAllCheaper(): boolean {
    const { length } = this.#waiting;
    return length >= MANY_LISTINGS || (length > 1 && length * this.#oneMs >= this.#allMs);
  }

  async #answerFor(asking: readonly Waiting[]): Promise<readonly ListedIkeSa[]> {
    const { listOne, listAll, nowMs } = this.#options;
    const [first, second] = asking;
    if (first === undefined) return [];
    const askedMs = nowMs();
    const listed = await (second === undefined ? listOne(first.connection) : listAll());
    if (second === undefined) this.#oneMs = nowMs() - askedMs;
    else this.#allMs = nowMs() - askedMs;
    return listed;
  }

  /** One question, for whoever waits when it is its turn. */
  async #askOnce(): Promise<void> {
    let asking: readonly Waiting[] = [];
    let listed: readonly ListedIkeSa[] = [];
    try {
      await this.#options.run(async () => {
        asking = this.#waiting.splice(0, this.#isAllCheaper() ? this.#waiting.length : 1);
        for (const { onSent } of asking) onSent?.();
        listed = await this.#answerFor(asking);
      });
    } catch (error) {
      // Refused before its turn came: so would be all that wait.
      for (const { reject } of asking.length > 0 ? asking : this.#waiting.splice(0)) reject(error);
      return;
    }
    void handOver(asking, listed);
  }
}

async function handOver(asking: readonly Waiting[], listed: readonly ListedIkeSa[]): Promise<void> {
  const [first] = asking;
  if (asking.length === 1) {
    first?.resolve(listed);
    return;
  }
  const byConnection = grouped(listed);
  await inSlices(asking, ({ connection, resolve }) => resolve(byConnection.get(connection) ?? []));
}

function grouped(listed: readonly ListedIkeSa[]): ReadonlyMap<string | null, readonly ListedIkeSa[]> {
  const byConnection = new Map<string | null, ListedIkeSa[]>();
  for (const sa of listed) {
    const others = byConnection.get(sa.connection);
    if (others) others.push(sa);
    else byConnection.set(sa.connection, [sa]);
  }
  return byConnection;
}
