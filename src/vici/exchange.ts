/**
 * One question to charon and its one answer: a command, or the (de)registration of an event.
 *
 * Holds what the question needs while it waits or is under way, and its deadline. Knows no socket and no
 * order; those are the business of `exchange-queue.ts`.
 */
import type { MessageCursor } from './cursor.ts';
import { ViciError } from './errors.ts';
import { encodePacket, type Packet } from './packet.ts';

export type Question =
  | { readonly type: 'CMD_REQUEST'; readonly name: string; readonly body: Uint8Array }
  | { readonly type: 'EVENT_REGISTER' | 'EVENT_UNREGISTER'; readonly name: string };

/** The packets that answer a question. */
export type Answer = Exclude<Packet, { name: string }>;

/** How the items of a streamed command come in. */
export interface ItemStream {
  /** The event that carries them. */
  readonly event: string;
  /** What it throws becomes the outcome of the exchange; the items after it are passed over. */
  readonly onItem: (item: MessageCursor) => void;
}

export class Exchange {
  readonly type: Question['type'];
  readonly name: string;
  readonly bytes: Buffer;
  readonly streamEvent: string | undefined;
  /** What the caller waits for. */
  readonly answered: Promise<Answer>;
  readonly #stream: ItemStream | undefined;
  readonly #timeoutMs: number;
  #resolve: (answer: Answer) => void = () => undefined;
  #reject: (error: unknown) => void = () => undefined;
  #deadlineMs = Number.POSITIVE_INFINITY;
  #itemFailure: { readonly error: unknown } | undefined;
  #isClockFresh = false;
  #isDiscarding = false;
  #isSettled = false;

  /** @throws VICI_ENCODE if the question can't be expressed in VICI */
  constructor(question: Question, timeoutMs: number, stream?: ItemStream) {
    this.type = question.type;
    this.name = question.name;
    this.bytes = encodePacket(question);
    this.streamEvent = stream?.event;
    this.#stream = stream;
    this.#timeoutMs = timeoutMs;
    this.answered = new Promise((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
    });
  }

  get isCommand(): boolean {
    return this.type === 'CMD_REQUEST';
  }

  /** The caller has its outcome; what still comes for this exchange is dropped. */
  get isSettled(): boolean {
    return this.#isSettled;
  }

  /** What this is, for texts: `command "version"`. */
  get subject(): string {
    return `${this.isCommand ? 'command' : 'event'} "${this.name}"`;
  }

  /** Whether `answer` is one that charon gives to this kind of question. */
  accepts(answer: Answer): boolean {
    return this.isCommand === (answer.type === 'CMD_RESPONSE' || answer.type === 'CMD_UNKNOWN');
  }

  /** When the answer, or the next item, must have come, in ms as `performance.now()` tells; infinite if nobody waits. */
  get deadlineMs(): number {
    return this.#deadlineMs;
  }

  /** From now on the answer, or the next item, must come within the time given. */
  startClock(): void {
    this.#deadlineMs = performance.now() + this.#timeoutMs;
  }

  stopClock(): void {
    this.#deadlineMs = Number.POSITIVE_INFINITY;
  }

  item(item: MessageCursor): void {
    this.#restartClock();
    if (this.#isSettled || this.#isDiscarding) return;
    try {
      this.#stream?.onItem(item);
    } catch (error) {
      this.#itemFailure = { error };
      this.discardItems();
    }
  }

  /** Once for all the items that came in one chunk: no time goes by between them. */
  #restartClock(): void {
    if (this.#isClockFresh) return;
    this.#isClockFresh = true;
    if (this.#deadlineMs < Number.POSITIVE_INFINITY) this.startClock();
    queueMicrotask(() => {
      this.#isClockFresh = false;
    });
  }

  /** The caller wants no more items; the exchange takes its course. */
  discardItems(): void {
    this.#isDiscarding = true;
  }

  complete(answer: Answer): void {
    if (!this.#settle()) return;
    if (this.#itemFailure === undefined) this.#resolve(answer);
    else this.#reject(this.#itemFailure.error);
  }

  fail(error: ViciError): void {
    if (this.#settle()) this.#reject(error);
  }

  /** Ends with VICI_CLOSED because the connection ended for `reason`. */
  failClosed(reason: ViciError): void {
    const command = this.isCommand ? { command: this.name } : {};
    const nextStep = reason.nextStep === undefined ? {} : { nextStep: reason.nextStep };
    const text = `no answer to ${this.subject}: ${reason.message}`;
    this.fail(new ViciError('VICI_CLOSED', text, { cause: reason, ...command, ...nextStep }));
  }

  timeoutError(wasSent: boolean): ViciError {
    const what = wasSent ? `no answer to ${this.subject}` : `${this.subject} couldn't be sent`;
    return new ViciError('VICI_TIMEOUT', `${what} within ${this.#timeoutMs} ms`, {
      nextStep: wasSent
        ? 'ask charon what has become of it (it may still do it); if it answers nothing at all, it hangs'
        : 'earlier requests on this connection take too long; use another connection',
      ...(this.isCommand ? { command: this.name } : {}),
    });
  }

  #settle(): boolean {
    this.stopClock();
    if (this.#isSettled) return false;
    this.#isSettled = true;
    return true;
  }
}
