/**
 * What a probed sidecar notes and hands out as JSON: the shape that probed-sidecar.ts writes and probe.ts reads.
 *
 * All times of day are of the wall clock in ms, with fractions.
 */

import type { PeerNews } from '../../src/policy/events.ts';

/** An interval in which something was on its way. */
export interface Span {
  readonly atMs: number;
  readonly tookMs: number;
  readonly what: string;
}

/** R15: a turn that was given. */
export interface Turn {
  readonly peer: string;
  readonly atMs: number;
  /** How long after the deadline that it was asked for with. */
  readonly lateMs: number;
  /** Calls that were open when it was given. */
  readonly openCalls: number;
  /** Somebody with an earlier deadline was waiting then. */
  readonly isOutOfOrder: boolean;
}

/** What lines of the log become (src/daemon/log-news.ts): hints, which charon may tell late and which are read late (100 ms). */
export const HINTS: ReadonlySet<string> = new Set<PeerNews['type']>([
  'call-seen',
  'peer-calls',
  'proven',
  'look-again',
  'given-up',
  'trouble',
]);

export interface Notes {
  /** How late timers were served. */
  readonly timerLagMs: readonly number[];
  /** From the end of responder mode by its deadline to the beginning of initiator mode, the wait for a turn (R15) included. */
  readonly initiatorModes: readonly Span[];
  /** From the end of responder mode by its deadline until the peer asked for its turn. */
  readonly turnsAsked: readonly Span[];
  /** From the end of responder mode by its deadline until the call was handed to the socket, without the wait for a turn. */
  readonly callsWithoutWait: readonly Span[];
  /** From the end of initiator mode by its deadline to the beginning of responder mode, charon's listing (R8) included. */
  readonly responderModes: readonly Span[];
  /** From the end of initiator mode by its deadline until the question for that listing was handed to the socket. */
  readonly endsAsked: readonly Span[];
  readonly turns: readonly Turn[];
  /** Calls as they were handed to the socket; `what` is the connection, `tookMs` the time since the peer's turn. */
  readonly calls: readonly Span[];
  /** From then until charon had answered and we had read it. */
  readonly answers: readonly Span[];
  /** From the moment that an event's bytes were read until all was decided that it leads to; `what` is its type. */
  readonly decisions: readonly Span[];
  /**
   * Those of `decisions` that changed the mode of the peer or put a request into the queue of requests. A call that waits for its
   * turn (R15) isn't among them: its cause is the turn.
   */
  readonly effects: readonly Span[];
  /** How long the sidecar's thread was ready in the time of each of `effects` while others had the processors. */
  readonly effectsWaitedMs: readonly number[];
  /**
   * From the moment that an event's bytes were read until a request that it leads to was handed to the socket: behind all that charon
   * was asked before and hasn't answered. `what` is the request.
   */
  readonly effectsWritten: readonly Span[];
  /** Garbage collections; `what` is the kind. */
  readonly collections: readonly Span[];
  /** Whole listings taken in: how long the event loop was held by comparing. */
  readonly reconcilings: readonly Span[];
  /** Each time the table of peers was set: how many there are, how many of them up. */
  readonly tables: readonly { readonly atMs: number; readonly peers: number; readonly up: number }[];
  /** When the event loop couldn't be reached for longer than 1 ms, by how much. */
  readonly loopDelayMs: { readonly p50: number; readonly p99: number; readonly max: number };
  readonly heapMiB: number;
}
