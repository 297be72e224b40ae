/**
 * A VICI session: commands, streamed commands and events over one connection.
 *
 * Knows packets and their order, not what any command or event means (`commands/`, `events.ts`). By default
 * one command is under way at a time; events and answers may interleave (VICI README, "Events"). A session that has
 * ended stays so; `reconnecting.ts` makes new ones.
 */
import { DEFAULT_ADDRESS } from './address.ts';
import { Connection, type OpenSocket, openSocket } from './connection.ts';
import type { MessageCursor } from './cursor.ts';
import { encodeMessage, type MessageInput } from './encode.ts';
import { ViciError } from './errors.ts';
import { type Answer, Exchange, type ItemStream } from './exchange.ts';
import { ExchangeQueue } from './exchange-queue.ts';
import { ItemBuffer } from './item-buffer.ts';
import { decodeMessage, type Message, type Section } from './message.ts';
import { OneByOne } from './one-by-one.ts';
import type { Packet } from './packet.ts';
import { checkSuccess, unknownCommand, unknownEvent } from './refusals.ts';
import { Registrations } from './registrations.ts';
import {
  type Commander,
  checkReadBytes,
  checkRest,
  checkTimeout,
  type EventHandler,
  type RequestOptions,
  SESSION_DEFAULTS,
  type SessionOptions,
  type Subscription,
} from './session-options.ts';

/** Items that `items()` takes from the socket ahead of a slow consumer. */
const ITEM_BUFFER_CAPACITY = 64;

export class Session implements Commander {
  readonly #timeoutMs: number;
  readonly #connection: Connection;
  readonly #queue: ExchangeQueue;
  readonly #registrations: Registrations;
  readonly #subscribers = new Set<{ readonly names: ReadonlySet<string>; readonly handler: EventHandler }>();
  #endReason: ViciError | undefined;
  #reportEnd: (reason: ViciError) => void = () => undefined;
  /** Resolves when the session has ended, with the reason; never rejects. */
  readonly closed: Promise<ViciError>;

  /**
   * Connects to charon at `address`: `/run/charon.vici`, `unix:///run/charon.vici`, `tcp://host:port`.
   * @throws VICI_CLOSED if nobody takes the connection, VICI_TIMEOUT if it takes too long
   */
  static async connect(address: string = DEFAULT_ADDRESS, options: SessionOptions = {}): Promise<Session> {
    const settings = { ...SESSION_DEFAULTS, ...options };
    checkTimeout(settings.timeoutMs);
    checkRest(settings.restMs);
    checkReadBytes(settings.readBytesMax);
    const connectTimeoutMs = checkTimeout(settings.connectTimeoutMs);
    const opened = await openSocket(address, connectTimeoutMs, settings.readBytesMax);
    return new Session(opened, address, settings);
  }

  private constructor(opened: OpenSocket, address: string, settings: Required<SessionOptions>) {
    this.#timeoutMs = settings.timeoutMs;
    const handlers = {
      onPacket: (packet: Packet) => this.#received(packet),
      onClosed: (reason: ViciError) => this.#ended(reason),
    };
    this.#connection = new Connection(opened, address, handlers, settings.restMs);
    this.#queue = new ExchangeQueue({
      maxUnderWay: settings.maxUnderWay,
      maxQueued: settings.maxQueued,
      maxLateAnswers: settings.maxLateAnswers,
      send: (packet) => this.#connection.send(packet),
      giveUp: (reason) => this.#connection.close(reason),
    });
    this.#registrations = new Registrations(
      (name) => this.#registration('EVENT_REGISTER', name),
      (name) => this.#registration('EVENT_UNREGISTER', name),
    );
    this.closed = new Promise((resolve) => {
      this.#reportEnd = resolve;
    });
  }

  get isOpen(): boolean {
    return this.#endReason === undefined;
  }

  /** Ends the session at once; whoever waits for an answer gets VICI_CLOSED. */
  close(): void {
    this.#connection.close(new ViciError('VICI_CLOSED', 'the session was closed by its owner'));
  }

  /**
   * Sends a command and gives its answer.
   *
   * @throws VICI_ENCODE, VICI_QUEUE_FULL before anything is sent; VICI_COMMAND_FAILED for `success = no`;
   * VICI_UNKNOWN_COMMAND; VICI_PROTOCOL for an answer that can't be read; VICI_TIMEOUT and VICI_CLOSED, where
   * charon may have carried the command out nevertheless
   */
  async request(
    command: string,
    message: MessageInput | Section = {},
    options: RequestOptions = {},
  ): Promise<Message> {
    const exchange = this.#command(command, message, options);
    this.#submit(exchange);
    return answerOf(exchange, await exchange.answered);
  }

  /**
   * Sends a command whose items `event` carries, calls `onItem` for each as it comes and gives the answer at
   * the end. The cheap form: nothing is made of an item but what `onItem` reads. What `onItem` throws is the
   * outcome; the items after it are passed over.
   *
   * @throws as `request`, and VICI_UNKNOWN_EVENT
   */
  async stream(
    command: string,
    event: string,
    message: MessageInput | Section,
    onItem: (item: MessageCursor) => void,
    options: RequestOptions = {},
  ): Promise<Message> {
    return await this.#askStreamed(this.#command(command, message, options, { event, onItem }), event);
  }

  /**
   * The same as something to iterate over; the generator returns the answer. No item is lost if the consumer
   * is slow: the socket is paused, and with it all else on this session, so don't ask this session for
   * something else inside the loop. Breaking off is fine: what still comes is passed over. So it is if `read`, which is
   * called for an item when that is asked for, throws.
   */
  items<Item>(
    command: string,
    event: string,
    message: MessageInput | Section,
    read: (item: MessageCursor) => Item,
    options: RequestOptions = {},
  ): AsyncGenerator<Item, Message, undefined> {
    return new OneByOne(this.#batches(command, event, message, options), read);
  }

  async *#batches(
    command: string,
    event: string,
    message: MessageInput | Section,
    options: RequestOptions,
  ): AsyncGenerator<MessageCursor[], Message, undefined> {
    const onItem = (item: MessageCursor): void => buffer.push(item);
    const exchange = this.#command(command, message, options, { event, onItem });
    const buffer = new ItemBuffer<MessageCursor>(ITEM_BUFFER_CAPACITY, {
      pause: () => {
        exchange.stopClock();
        this.#connection.pause();
      },
      resume: () => {
        this.#queue.startClock(exchange);
        this.#connection.resume();
      },
    });
    const answer = this.#askStreamed(exchange, event);
    answer.then(
      () => buffer.finish(),
      (error: unknown) => buffer.finish({ error }),
    );
    try {
      for (let items = await buffer.take(); items.length > 0; items = await buffer.take()) {
        yield items;
        buffer.resume();
      }
      return await answer;
    } finally {
      exchange.discardItems();
      buffer.resume();
    }
  }

  /**
   * Has `handler` called for each event of these `names`, one after the other as they come. What the handler
   * throws ends the session: an event that was not taken in is as bad as a broken connection.
   *
   * @throws VICI_UNKNOWN_EVENT if charon doesn't know one of them (then none is subscribed and the session
   * goes on), VICI_TIMEOUT (which ends the session), VICI_CLOSED
   */
  async subscribe(names: readonly string[], handler: EventHandler): Promise<Subscription> {
    const subscriber = { names: new Set(names), handler };
    // Added first: an event may come in the same chunk as the confirmation.
    this.#subscribers.add(subscriber);
    const registered: string[] = [];
    const close = async (): Promise<void> => {
      this.#subscribers.delete(subscriber);
      for (const name of registered.splice(0)) {
        if (this.isOpen) await this.#registrations.release(name);
      }
    };
    try {
      for (const name of names) {
        await this.#registrations.acquire(name);
        registered.push(name);
      }
    } catch (error) {
      await close();
      throw error;
    }
    return { names: [...names], close };
  }

  #command(
    command: string,
    message: MessageInput | Section,
    options: RequestOptions,
    stream?: ItemStream,
  ): Exchange {
    const body = encodeMessage(message);
    const timeoutMs = checkTimeout(options.timeoutMs ?? this.#timeoutMs);
    return new Exchange({ type: 'CMD_REQUEST', name: command, body }, timeoutMs, stream);
  }

  async #askStreamed(exchange: Exchange, event: string): Promise<Message> {
    await this.#registrations.acquire(event);
    try {
      this.#submit(exchange);
      return answerOf(exchange, await exchange.answered);
    } finally {
      // Not waited for. If it fails the session has ended, and whoever uses it next is told why.
      this.#registrations.release(event).catch(() => undefined);
    }
  }

  async #registration(type: 'EVENT_REGISTER' | 'EVENT_UNREGISTER', name: string): Promise<void> {
    const exchange = new Exchange({ type, name }, this.#timeoutMs);
    this.#submit(exchange);
    const answer = await exchange.answered;
    if (answer.type !== 'EVENT_CONFIRM') throw unknownEvent(name);
  }

  #submit(exchange: Exchange): void {
    if (this.#endReason === undefined) this.#queue.submit(exchange);
    else exchange.failClosed(this.#endReason);
  }

  #received(packet: Packet): void {
    switch (packet.type) {
      case 'EVENT':
        this.#event(packet.name, packet.body);
        break;
      case 'CMD_REQUEST':
      case 'EVENT_REGISTER':
      case 'EVENT_UNREGISTER':
        throw new ViciError('VICI_PROTOCOL', `not VICI: charon sent a ${packet.type}, which only clients do`);
      default:
        this.#queue.answer(packet);
    }
  }

  #event(name: string, body: MessageCursor): void {
    const stream = this.#queue.streaming(name);
    if (stream !== undefined) {
      stream.item(body);
      return;
    }
    // Each may move its cursor as it likes: all but the first get one of their own.
    let isTaken = false;
    for (const { names, handler } of this.#subscribers) {
      if (!names.has(name)) continue;
      handler(name, isTaken ? body.restart() : body);
      isTaken = true;
    }
  }

  #ended(reason: ViciError): void {
    this.#endReason = reason;
    this.#queue.failAll(reason);
    this.#reportEnd(reason);
  }
}

/** @throws VICI_UNKNOWN_COMMAND, VICI_COMMAND_FAILED, VICI_PROTOCOL */
function answerOf({ name }: Exchange, answer: Answer): Message {
  if (answer.type !== 'CMD_RESPONSE') throw unknownCommand(name);
  return checkSuccess(name, decodeMessage(answer.body));
}
