/**
 * The order of questions on one connection.
 *
 * VICI has no sequence numbers: charon answers strictly in order, so the oldest unanswered question owns
 * whatever answer comes (VICI README, "Commands"). Only so many questions are under way at a time, by default
 * one. When the time of one runs out its place is kept, so that the late answer is known by its order and dropped,
 * and the next one is sent; after too many such places charon is taken to hang and the connection is given up.
 */
import { DeadlineWatch } from './deadline-watch.ts';
import { protocolError, ViciError } from './errors.ts';
import type { Answer, Exchange } from './exchange.ts';

export interface QueueOptions {
  /** Most questions that are sent and whose callers still wait. */
  readonly maxUnderWay: number;
  /** Most questions that wait to be sent. */
  readonly maxQueued: number;
  /** Most answers that may be late before the connection is given up. */
  readonly maxLateAnswers: number;
  readonly send: (packet: Buffer) => void;
  readonly giveUp: (reason: ViciError) => void;
}

export class ExchangeQueue {
  readonly #options: QueueOptions;
  readonly #waiting: Exchange[] = [];
  /** Sent and unanswered, oldest first, the late ones among them. */
  readonly #sent: Exchange[] = [];
  readonly #watch = new DeadlineWatch(() => this.#expire());

  constructor(options: QueueOptions) {
    this.#options = options;
  }

  /** Sends `exchange` now or when its turn comes; its clock starts at once. @throws VICI_QUEUE_FULL */
  submit(exchange: Exchange): void {
    // What undoes a registration is never refused: charon would send that event twice from then on.
    const isRefusable = exchange.type !== 'EVENT_UNREGISTER' && this.#isBusy();
    if (isRefusable && this.#waiting.length >= this.#options.maxQueued) {
      const text = `${exchange.subject} refused: ${this.#waiting.length} requests wait already`;
      throw new ViciError('VICI_QUEUE_FULL', text, { nextStep: 'wait for answers before asking for more' });
    }
    this.#waiting.push(exchange);
    this.startClock(exchange);
    this.#sendNext();
  }

  /** An answer came. @throws VICI_PROTOCOL if it doesn't fit the oldest question */
  answer(answer: Answer): void {
    const exchange = this.#sent[0];
    if (exchange === undefined) throw protocolError(`a ${answer.type} that nobody asked for`);
    if (!exchange.accepts(answer)) throw protocolError(`a ${answer.type} in answer to ${exchange.subject}`);
    this.#sent.shift();
    exchange.complete(answer);
    this.#sendNext();
  }

  /** The exchange, late or not, whose items the event `name` carries just now. */
  streaming(name: string): Exchange | undefined {
    const oldest = this.#sent[0];
    return oldest?.streamEvent === name ? oldest : undefined;
  }

  /** (Re)starts the clock of an exchange that still waits for its answer. */
  startClock(exchange: Exchange): void {
    if (exchange.isSettled) return;
    exchange.startClock();
    this.#watch.by(exchange.deadlineMs);
  }

  /** Ends all exchanges, sent or not, with VICI_CLOSED. */
  failAll(reason: ViciError): void {
    this.#watch.stop();
    for (const exchange of [...this.#sent.splice(0), ...this.#waiting.splice(0)]) exchange.failClosed(reason);
  }

  /** Whether as many callers as may be wait for what was sent. */
  #isBusy(): boolean {
    return this.#sent.length - this.#late() >= this.#options.maxUnderWay;
  }

  #late(): number {
    return this.#sent.filter((exchange) => exchange.isSettled).length;
  }

  #sendNext(): void {
    if (this.#isBusy()) return;
    const next = this.#waiting.shift();
    if (next === undefined) return;
    this.#sent.push(next);
    this.#options.send(next.bytes);
  }

  #expire(): void {
    const nowMs = performance.now();
    for (const exchange of [...this.#sent, ...this.#waiting]) {
      if (exchange.deadlineMs <= nowMs) this.#expired(exchange);
      // The one before may have closed the connection: then nobody waits any more.
      else this.#watch.by(exchange.deadlineMs);
    }
  }

  #expired(exchange: Exchange): void {
    const place = this.#waiting.indexOf(exchange);
    const wasSent = place < 0;
    const error = exchange.timeoutError(wasSent);
    exchange.fail(error);
    if (!wasSent) this.#waiting.splice(place, 1);
    // Without its answer nobody knows whether charon sends us this event from now on.
    else if (!exchange.isCommand || this.#late() > this.#options.maxLateAnswers) this.#options.giveUp(error);
    else this.#sendNext();
  }
}
