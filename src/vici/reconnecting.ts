/**
 * A session that comes back: connects, subscribes, reports, and starts again when the connection ends.
 *
 * EOF, ECONNREFUSED, ENOENT, EAGAIN and a charon that takes connections but never answers are normal life
 * here: each only means another try after a pause, the longer the more tries in a row were of no use. Knows
 * nothing of what the events mean.
 */
import type { MessageCursor } from './cursor.ts';
import { asViciError, ViciError } from './errors.ts';
import { Session } from './session.ts';
import type { EventHandler, SessionOptions } from './session-options.ts';

export interface BackoffOptions {
  /** Pause after the first failure, in ms. Default 50. */
  readonly firstMs?: number;
  /** Longest pause, in ms; each failure doubles it up to here. Default 2,000. */
  readonly maxMs?: number;
  /**
   * A connection that lasts this long, in ms, was of use: the next pause is the first again. One that ends
   * earlier counts as a failure, unless it was charon that closed it. Default 10,000.
   */
  readonly steadyMs?: number;
  /** A number in 0..1 that shortens the pause by up to half of it. Default `Math.random`. */
  readonly random?: () => number;
}

export interface ReconnectingOptions {
  readonly address: string;
  readonly session?: SessionOptions;
  readonly backoff?: BackoffOptions;
  /** Events without which we can't be attached. */
  readonly events?: readonly string[];
  /** Events that older versions don't know (`alert`, from 6.0.3): taken where they exist. */
  readonly optionalEvents?: readonly string[];
  /** What it throws ends this connection. */
  readonly onEvent?: EventHandler;
  /**
   * Called when a connection is up and all events are registered: list now, and nothing is missed between.
   * `missingEvents` are the optional ones that this charon doesn't know. What it throws (or rejects with)
   * ends this connection.
   */
  readonly onAttached?: (session: Session, missingEvents: readonly string[]) => void | Promise<void>;
  /** Called once after each `onAttached`, when that connection has ended. */
  readonly onDetached?: (reason: ViciError) => void;
  /** Called after each try that didn't get as far as `onAttached`. `nextTryMs` is the pause that follows. */
  readonly onRetry?: (reason: ViciError, nextTryMs: number) => void;
}

/** How one connection went. `wasOfUse`: the pause before the next needn't be longer than the first. */
interface Outcome {
  readonly wasAttached: boolean;
  readonly wasOfUse: boolean;
  readonly reason: ViciError;
}

const DEFAULT_BACKOFF: Required<BackoffOptions> = {
  firstMs: 50,
  maxMs: 2_000,
  steadyMs: 10_000,
  random: Math.random,
};

export class ReconnectingSession {
  readonly #options: ReconnectingOptions;
  readonly #backoff: Required<BackoffOptions>;
  #session: Session | undefined;
  #isAttached = false;
  /** The event handler threw: a new connection would most likely bring it the same event. */
  #hasHandlerFailed = false;
  #givenUpFor: ViciError | undefined;
  #isStopped = true;
  #running: Promise<void> = Promise.resolve();
  #endPause: () => void = () => undefined;

  constructor(options: ReconnectingOptions) {
    this.#options = options;
    this.#backoff = { ...DEFAULT_BACKOFF, ...options.backoff };
  }

  /** The session of the moment; undefined while detached. */
  get session(): Session | undefined {
    return this.#isAttached ? this.#session : undefined;
  }

  /** Begins; a second call does nothing until `stop()`. */
  start(): void {
    if (!this.#isStopped) return;
    this.#isStopped = false;
    this.#running = this.#running.then(() => this.#run());
  }

  /**
   * Ends the connection of the moment, because something that belongs to it has ended for `reason`; the next
   * is made after a pause. VICI_CLOSED stands for "charon closed it", any other code for a failure.
   */
  giveUp(reason: ViciError): void {
    if (!this.#session?.isOpen) return;
    this.#givenUpFor = reason;
    this.#session.close();
  }

  /**
   * Hands an event to `onEvent`: the handler for another session that belongs to this connection and has its end told by `giveUp`.
   * What `onEvent` throws is thrown, and counts as a failure when the connection ends.
   */
  take(name: string, body: MessageCursor): void {
    try {
      this.#options.onEvent?.(name, body);
    } catch (error) {
      this.#hasHandlerFailed = true;
      throw error;
    }
  }

  /** Ends it for good; resolves when the last callback has been made. */
  async stop(): Promise<void> {
    this.#isStopped = true;
    this.#session?.close();
    this.#endPause();
    await this.#running;
  }

  async #run(): Promise<void> {
    let failures = 0;
    while (!this.#isStopped) {
      const outcome = await this.#attachOnce();
      if (this.#isStopped) return;
      failures = outcome.wasOfUse ? 0 : failures + 1;
      const pauseMs = backoffMs(failures, this.#backoff);
      if (!outcome.wasAttached) this.#options.onRetry?.(outcome.reason, pauseMs);
      await this.#pause(pauseMs);
    }
  }

  /** One connection from beginning to end. */
  async #attachOnce(): Promise<Outcome> {
    let session: Session | undefined;
    let missing: readonly string[];
    this.#hasHandlerFailed = false;
    this.#givenUpFor = undefined;
    try {
      session = await Session.connect(this.#options.address, this.#options.session);
      this.#session = session;
      if (this.#isStopped) session.close();
      missing = await this.#subscribe(session);
    } catch (error) {
      session?.close();
      return {
        wasAttached: false,
        wasOfUse: false,
        reason: asViciError(error, 'connecting failed'),
      };
    }
    return await this.#attached(session, missing);
  }

  async #attached(session: Session, missing: readonly string[]): Promise<Outcome> {
    this.#isAttached = true;
    let failure: ViciError | undefined;
    let isReady = false;
    let isSteady = false;
    const steady = setTimeout(() => {
      isSteady = true;
    }, this.#backoff.steadyMs);
    const callback = (async () => {
      await this.#options.onAttached?.(session, missing);
      isReady = true;
    })().catch((error: unknown) => {
      // A callback that failed because the connection broke isn't the reason for that.
      if (session.isOpen) failure = asViciError(error, 'the callback onAttached failed');
      session.close();
    });
    const endReason = await session.closed;
    clearTimeout(steady);
    this.#isAttached = false;
    await callback;
    const reason = failure ?? this.#givenUpFor ?? endReason;
    const wasCharon = isReady && !this.#hasHandlerFailed && reason.code === 'VICI_CLOSED';
    this.#options.onDetached?.(reason);
    return { wasAttached: true, wasOfUse: isSteady || wasCharon, reason };
  }

  async #subscribe(session: Session): Promise<readonly string[]> {
    const { events = [], optionalEvents = [] } = this.#options;
    const onEvent: EventHandler = (name, body) => this.take(name, body);
    await session.subscribe(events, onEvent);
    const missing: string[] = [];
    for (const name of optionalEvents) {
      try {
        await session.subscribe([name], onEvent);
      } catch (error) {
        if (!(error instanceof ViciError) || error.code !== 'VICI_UNKNOWN_EVENT') throw error;
        missing.push(name);
      }
    }
    return missing;
  }

  async #pause(pauseMs: number): Promise<void> {
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, pauseMs);
      this.#endPause = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }
}

/** Pause before the next try after `failures` failures in a row (0 after a connection that had worked). */
export function backoffMs(failures: number, backoff: Omit<Required<BackoffOptions>, 'steadyMs'>): number {
  const doublings = Math.min(Math.max(failures - 1, 0), 30);
  const fullMs = Math.min(backoff.maxMs, backoff.firstMs * 2 ** doublings);
  return fullMs * (1 - backoff.random() / 2);
}
