/**
 * A charon for tests: speaks VICI on a unix socket of its own, does what its handlers say.
 *
 * It answers each client strictly in order, as charon does, and delivers an event once per registration. It
 * can stream, emit, hang, hang up, send any bytes, go away and come back on the same path.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  decodeMessage,
  decodePacket,
  encodeMessage,
  encodePacket,
  FrameReader,
  type Message,
  type MessageInput,
  type OutgoingPacket,
  type Packet,
  type Section,
} from '../../src/vici/index.ts';

/** A handler's way to leave a request without an answer. */
export const NO_ANSWER = null;

export type Reply = MessageInput | Section | Buffer | typeof NO_ANSWER;
/** Answers a request; a Buffer is taken as an encoded message. */
export type Handler = (request: Message, client: FakeClient) => Reply | Promise<Reply>;

export interface SeenRequest {
  readonly command: string;
  readonly message: Message;
}

const EVENTS = ['log', 'ike-updown', 'ike-rekey', 'ike-update', 'child-updown', 'child-rekey', 'control-log'];
const STREAM_EVENTS = ['list-sa', 'list-policy', 'list-conn', 'list-cert', 'list-authority'];

/** One connection, as charon sees it. */
export class FakeClient {
  readonly socket: Socket;
  /** Events that it has registered, with how many times. */
  readonly registered = new Map<string, number>();

  constructor(socket: Socket) {
    this.socket = socket;
  }

  /** Sends an event, as often as the client has registered it. */
  emit(event: string, message: MessageInput | Section | Buffer): void {
    for (let times = this.registered.get(event) ?? 0; times > 0; times--) {
      this.send({ type: 'EVENT', name: event, body: encoded(message) });
    }
  }

  send(packet: OutgoingPacket): void {
    this.raw(encodePacket(packet));
  }

  /** Sends bytes as they are. */
  raw(bytes: Uint8Array): void {
    if (!this.socket.destroyed) this.socket.write(bytes);
  }

  /** Hangs up. */
  close(): void {
    this.socket.destroy();
  }
}

export class FakeCharon {
  readonly path: string;
  readonly clients = new Set<FakeClient>();
  /** Every request that came in, oldest first; also those that have no answer (yet). */
  readonly requests: SeenRequest[] = [];
  /** Events that this charon knows; add `alert` to be a newer one. */
  readonly knownEvents = new Set([...EVENTS, ...STREAM_EVENTS]);
  readonly #directory: string;
  readonly #handlers = new Map<string, Handler>();
  readonly #waiters = new Set<() => void>();
  #server: Server | undefined;
  #isHanging = false;
  #wakeUp: (() => void)[] = [];

  /** Listens on a socket in a new directory. Knows `version` only, until told more. */
  static async start(): Promise<FakeCharon> {
    const charon = new FakeCharon(await mkdtemp(join(tmpdir(), 'fake-charon-')));
    await charon.listen();
    return charon;
  }

  private constructor(directory: string) {
    this.#directory = directory;
    this.path = join(directory, 'vici');
    this.on('version', () => ({ daemon: 'fake-charon', version: '5.9.8' }));
  }

  get address(): string {
    return `unix://${this.path}`;
  }

  /** Has `handler` answer `command`. */
  on(command: string, handler: Handler): this {
    this.#handlers.set(command, handler);
    return this;
  }

  /** Has `command` stream what `items` gives, each as one `event`, then answer with nothing. */
  onStream(
    command: string,
    event: string,
    items: (request: Message) => Iterable<MessageInput | Section | Buffer>,
  ): this {
    return this.on(command, (request, client) => {
      for (const item of items(request)) client.emit(event, item);
      return {};
    });
  }

  /** Sends an event to all that registered it. */
  emit(event: string, message: MessageInput | Section | Buffer): void {
    for (const client of this.clients) client.emit(event, message);
  }

  /** How many registrations of `event` are held, over all clients. */
  registrations(event: string): number {
    let count = 0;
    for (const client of this.clients) count += client.registered.get(event) ?? 0;
    return count;
  }

  /** Requests for `command` so far. */
  seen(command: string): readonly Message[] {
    return this.requests.filter((request) => request.command === command).map((request) => request.message);
  }

  /** From now on takes connections and bytes but answers nothing. */
  hang(): void {
    this.#isHanging = true;
  }

  /** Ends `hang()`; what came meanwhile is answered now, in order. */
  wake(): void {
    this.#isHanging = false;
    for (const wake of this.#wakeUp.splice(0)) wake();
  }

  /** Resolves when `condition` holds; looked at after each packet, connect and disconnect. */
  async until(condition: () => boolean): Promise<void> {
    while (!condition()) {
      await new Promise<void>((resolve) => {
        this.#waiters.add(resolve);
      });
    }
  }

  async listen(): Promise<void> {
    const server = createServer((socket) => this.#accept(socket));
    this.#server = server;
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      server.listen(this.path, resolve);
    });
  }

  /** Hangs up on everybody and stops listening. The socket file goes too: connecting gives ENOENT. */
  async goAway(): Promise<void> {
    const server = this.#server;
    this.#server = undefined;
    for (const client of this.clients) client.close();
    if (server !== undefined) await new Promise((resolve) => server.close(resolve));
  }

  /** Ends it for good. */
  async stop(): Promise<void> {
    this.wake();
    await this.goAway();
    await rm(this.#directory, { recursive: true, force: true });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
  }

  #accept(socket: Socket): void {
    const client = new FakeClient(socket);
    const frames = new FrameReader();
    let order = Promise.resolve();
    this.clients.add(client);
    socket.on('data', (chunk) => {
      frames.push(Buffer.from(chunk));
      while (frames.next()) {
        const packet = decodePacket(frames.bytes, frames.start, frames.end);
        if (packet.type === 'CMD_REQUEST') {
          this.requests.push({ command: packet.name, message: decodeMessage(packet.body.restart()) });
        }
        this.#changed();
        order = order.then(() => this.#handle(packet, client));
      }
    });
    socket.on('error', () => undefined);
    socket.on('close', () => {
      this.clients.delete(client);
      this.#changed();
    });
    this.#changed();
  }

  async #handle(packet: Packet, client: FakeClient): Promise<void> {
    const request = packet.type === 'CMD_REQUEST' ? decodeMessage(packet.body) : undefined;
    while (this.#isHanging) await new Promise<void>((resolve) => this.#wakeUp.push(resolve));
    if (!('name' in packet)) throw new Error(`a client sent ${packet.type}`);
    if (request !== undefined) await this.#answer(packet.name, request, client);
    else this.#register(packet, client);
    this.#changed();
  }

  async #answer(command: string, request: Message, client: FakeClient): Promise<void> {
    const handler = this.#handlers.get(command);
    if (handler === undefined) {
      client.send({ type: 'CMD_UNKNOWN' });
      return;
    }
    const reply = await handler(request, client);
    if (reply !== NO_ANSWER) client.send({ type: 'CMD_RESPONSE', body: encoded(reply) });
  }

  #register(packet: Extract<Packet, { name: string }>, client: FakeClient): void {
    const count = client.registered.get(packet.name) ?? 0;
    const isKnown = this.knownEvents.has(packet.name);
    const change = packet.type === 'EVENT_REGISTER' ? 1 : -1;
    if (!isKnown || count + change < 0) {
      client.send({ type: 'EVENT_UNKNOWN' });
      return;
    }
    client.registered.set(packet.name, count + change);
    client.send({ type: 'EVENT_CONFIRM' });
  }

  #changed(): void {
    for (const resolve of this.#waiters) resolve();
    this.#waiters.clear();
  }
}

function encoded(message: MessageInput | Section | Buffer): Buffer {
  return Buffer.isBuffer(message) ? message : encodeMessage(message);
}
