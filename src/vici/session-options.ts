/** What callers of a session hand in and get back: its settings, defaults and interfaces. */
import type { MessageCursor } from './cursor.ts';
import type { MessageInput } from './encode.ts';
import type { Message, Section } from './message.ts';

export interface SessionOptions {
  /** Longest wait for the connection to be taken, in ms. Default 5,000. */
  readonly connectTimeoutMs?: number;
  /** Longest wait for an answer, in ms, where a request doesn't say. Default 10,000. */
  readonly timeoutMs?: number;
  /**
   * Most requests that are sent without waiting for the answers to those before. charon works on one after the other all the
   * same, but needn't wait for us in between. Default 1.
   */
  readonly maxUnderWay?: number;
  /** Most requests that wait while that many are under way. Default 1,024; one more is VICI_QUEUE_FULL. */
  readonly maxQueued?: number;
  /**
   * Most requests whose time ran out and whose late answers are still waited for. Default 3; one more ends
   * the session: charon hangs.
   */
  readonly maxLateAnswers?: number;
  /**
   * Longest rest after each reading of the socket but the first 50 of a second, in ms: for events that nobody is in a hurry for,
   * such as `log`, of which many read together cost both ends much less than one by one. After 16 KiB, or as much as is read at
   * a time, it is 3 ms: there is more. Answers come as much later, and charon keeps meanwhile what the socket doesn't take.
   * 0..2^31-1. Default 0: whatever comes is read at once.
   */
  readonly restMs?: number;
  /**
   * Most bytes read of the socket at a time. What is read together is handed over together; only after that do others have their
   * turn, and only then is written what came of it. 1..2^20. Default 65,536.
   */
  readonly readBytesMax?: number;
}

export interface RequestOptions {
  /** Longest wait in ms (1..2^31-1) from the call to the answer; in a stream, also between two items. */
  readonly timeoutMs?: number;
}

/** Gets an event's name and its message. The cursor may be kept; it holds on to the bytes it came in. */
export type EventHandler = (name: string, body: MessageCursor) => void;

export interface Subscription {
  readonly names: readonly string[];
  /** Ends it: no event is handed over from now on. Resolves when charon has confirmed. */
  close(): Promise<void>;
}

/** What the typed commands need of a session; implement it to test without charon. */
export interface Commander {
  /** Sends a command and gives its answer. */
  request(command: string, message?: MessageInput | Section, options?: RequestOptions): Promise<Message>;
  /** Sends a command whose items `event` carries; calls `onItem` for each, gives the answer at the end. */
  stream(
    command: string,
    event: string,
    message: MessageInput | Section,
    onItem: (item: MessageCursor) => void,
    options?: RequestOptions,
  ): Promise<Message>;
  /** The same as something to iterate over; `read` makes an item of its bytes when it is asked for. */
  items<Item>(
    command: string,
    event: string,
    message: MessageInput | Section,
    read: (item: MessageCursor) => Item,
    options?: RequestOptions,
  ): AsyncGenerator<Item, Message, undefined>;
}

export const SESSION_DEFAULTS: Required<SessionOptions> = {
  connectTimeoutMs: 5_000,
  timeoutMs: 10_000,
  maxUnderWay: 1,
  maxQueued: 1_024,
  maxLateAnswers: 3,
  restMs: 0,
  readBytesMax: 65_536,
};

/** Longest time that a timer of Node takes; a longer one would fire at once. */
const MAX_TIMEOUT_MS = 2 ** 31 - 1;

/** @throws RangeError unless 1..2^31-1 */
export function checkTimeout(timeoutMs: number): number {
  if (timeoutMs >= 1 && timeoutMs <= MAX_TIMEOUT_MS) return timeoutMs;
  throw new RangeError(`a timeout must be 1..${MAX_TIMEOUT_MS} ms, not ${timeoutMs}`);
}

/** @throws RangeError unless 0..2^31-1 */
export function checkRest(restMs: number): void {
  if (!(restMs >= 0 && restMs <= MAX_TIMEOUT_MS))
    throw new RangeError(`a rest must be 0..${MAX_TIMEOUT_MS} ms, not ${restMs}`);
}

const READ_BYTES_MAX = 2 ** 20;

/** @throws RangeError unless 1..2^20 */
export function checkReadBytes(readBytesMax: number): void {
  if (!(Number.isInteger(readBytesMax) && readBytesMax >= 1 && readBytesMax <= READ_BYTES_MAX))
    throw new RangeError(`a reading must be 1..${READ_BYTES_MAX} bytes at most, not ${readBytesMax}`);
}
