/**
 * Waiting for facts instead of for time.
 *
 * Knows a clock and how to ask again; knows nothing of charon or of namespaces. A wait that fails says what it waited
 * for and what it saw last, so that a red test can be read without running it again.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { inspect } from 'node:util';

/** Records what a look saw, for the text of a failure, and hands it back. */
export type Saw = <T>(value: T) => T;

export type Look<T> = (saw: Saw) => T | Promise<T>;

export interface WaitOptions {
  /** Pause between two looks. */
  readonly pollMs?: number;
}

const POLL_MS = 15;
const SEEN_LENGTH_MAX = 4_000;

export class WaitFailed extends Error {
  constructor(message: string, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause });
    this.name = 'WaitFailed';
  }
}

/**
 * Looks until `look` returns something other than `undefined`, `null` or `false`, and returns that.
 * A look that throws counts as "not yet".
 *
 * @param ms longest wait
 * @throws WaitFailed with `description` and the last thing given to `saw`, or the last error
 */
export async function within<T>(
  ms: number,
  description: string,
  look: Look<T>,
  options: WaitOptions = {},
): Promise<Exclude<T, undefined | null | false>> {
  const end = performance.now() + ms;
  const memory = new Memory();
  for (;;) {
    const found = await memory.look(look);
    if (found !== undefined && found !== null && found !== false) {
      return found as Exclude<T, undefined | null | false>;
    }
    if (performance.now() >= end) {
      throw new WaitFailed(`not within ${ms} ms: ${description}; ${memory.text()}`, memory.error);
    }
    await sleep(options.pollMs ?? POLL_MS);
  }
}

/**
 * Looks for the whole of `ms` and fails as soon as `look` returns something other than `undefined`, `null` or `false`.
 * A look that throws fails too: not being able to look proves nothing.
 *
 * @throws WaitFailed with `description` and what was found
 */
export async function neverFor(
  ms: number,
  description: string,
  look: Look<unknown>,
  options: WaitOptions = {},
): Promise<void> {
  const start = performance.now();
  for (;;) {
    const memory = new Memory();
    const found = await memory.look(look);
    const afterMs = Math.round(performance.now() - start);
    if (memory.error !== undefined) {
      throw new WaitFailed(
        `can't tell after ${afterMs} ms: never ${description}; ${memory.text()}`,
        memory.error,
      );
    }
    if (found !== undefined && found !== null && found !== false) {
      throw new WaitFailed(`seen after ${afterMs} ms: never ${description}; ${show(found)}`);
    }
    if (afterMs >= ms) return;
    await sleep(options.pollMs ?? POLL_MS);
  }
}

class Memory {
  error: Error | undefined;
  private seen: { readonly value: unknown } | undefined;

  async look<T>(look: Look<T>): Promise<T | undefined> {
    this.error = undefined;
    try {
      const found = await look((value) => {
        this.seen = { value };
        return value;
      });
      if (this.seen === undefined && found !== undefined) this.seen = { value: found };
      return found;
    } catch (error) {
      this.error = error instanceof Error ? error : new Error(show(error));
      return undefined;
    }
  }

  text(): string {
    if (this.error !== undefined) return `last look failed: ${this.error.message}`;
    return this.seen === undefined ? 'nothing was seen' : `last seen: ${show(this.seen.value)}`;
  }
}

function show(value: unknown): string {
  const text = inspect(value, { depth: 6, breakLength: 110, maxArrayLength: 40 });
  return text.length > SEEN_LENGTH_MAX ? `${text.slice(0, SEEN_LENGTH_MAX)}...` : text;
}
