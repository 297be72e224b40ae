/**
 * One request at a time, or a few, the urgent first.
 *
 * VICI answers in order, so a terminate that stood behind a hundred listings would act on a world that has
 * moved on (R8). Jobs of the same urgency keep their order; the queue is bounded.
 */

import { AfteryouError } from '../errors.ts';

/** Lower is more urgent. */
export const URGENCY = { terminate: 0, rekey: 1, list: 2, initiate: 3, background: 4 } as const;
export type Urgency = (typeof URGENCY)[keyof typeof URGENCY];

/** Most jobs that may wait: room for a few requests of each of some thousand peers. */
const JOBS_MAX = 16_384;

export class Lane {
  readonly #waiting: (() => Promise<void>)[][] = [[], [], [], [], []];
  readonly #width: number;
  #length = 0;
  #underWay = 0;

  /** @param width most jobs at a time; they are begun in order all the same */
  constructor(width = 1) {
    this.#width = width;
  }

  get length(): number {
    return this.#length;
  }

  /**
   * @returns what `job` resolves or rejects with
   * @throws VICI_QUEUE_FULL if too many jobs wait
   */
  run<T>(urgency: Urgency, job: () => Promise<T>): Promise<T> {
    if (this.#length >= JOBS_MAX) {
      return Promise.reject(
        new AfteryouError('VICI_QUEUE_FULL', `more than ${JOBS_MAX} requests wait for charon`, {
          nextStep: 'lower limits.max-initiations-per-second, or find out what keeps charon busy',
        }),
      );
    }
    return new Promise<T>((resolve, reject) => {
      this.#waiting[urgency]?.push(async () => {
        try {
          resolve(await job());
        } catch (error) {
          reject(error);
        }
      });
      this.#length += 1;
      if (this.#underWay < this.#width) void this.#work();
    });
  }

  async #work(): Promise<void> {
    this.#underWay += 1;
    for (let next = this.#next(); next; next = this.#next()) {
      await next();
      // Whoever waited for this answer acts on it first: a listing's terminate mustn't stand behind a long job.
      await new Promise(setImmediate);
    }
    this.#underWay -= 1;
  }

  #next(): (() => Promise<void>) | undefined {
    for (const queue of this.#waiting) {
      const job = queue.shift();
      if (!job) continue;
      this.#length -= 1;
      return job;
    }
    return undefined;
  }
}
