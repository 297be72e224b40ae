/**
 * The command line's end of the control socket: one request at a time, each with its own time to be answered.
 *
 * Checks all that comes in: a reply that doesn't have the shape of `api.ts` is an error, not a guess.
 */
import { connect, type Socket } from 'node:net';
import { AfteryouError } from '../errors.ts';
import { type Answer, answerSchema, REPLY_SCHEMAS, type ReplyOf } from './answers.ts';
import type {
  ExplainReport,
  HistoryEntry,
  MetricsReport,
  OperateReport,
  PeerSelector,
  ReloadReport,
  StatusReport,
} from './api.ts';
import { decode, encode } from './codec.ts';
import { RemoteError } from './error-body.ts';
import { controlProtocolError, systemErrorCode } from './errors.ts';
import { FrameReader, frame } from './frames.ts';
import { REPLY_LIMITS, REQUEST_LIMITS } from './limits.ts';
import type { CommandName } from './requests.ts';
import type { IkeSasReport, PeerListsReport, ServicesReport } from './show-api.ts';

export interface ControlClientOptions {
  /** How long one answer may take; default 10 s, for `reload` three times that. */
  readonly timeoutMs?: number;
}

const TIMEOUT_MS = 10_000;
/** A configuration of 1,000 peers is read, checked and compared. */
const RELOAD_FACTOR = 3;

export class ControlClient {
  readonly #path: string;
  readonly #socket: Socket;
  readonly #answers: AsyncGenerator<Answer, undefined>;
  readonly #timeoutMs: number;
  #requests = 0;

  private constructor(path: string, socket: Socket, timeoutMs: number) {
    this.#path = path;
    this.#socket = socket;
    this.#timeoutMs = timeoutMs;
    this.#answers = answersOf(socket);
  }

  /** Connects to the daemon at `path`. @throws CONTROL_UNREACHABLE */
  static async connect(path: string, options: ControlClientOptions = {}): Promise<ControlClient> {
    const timeoutMs = options.timeoutMs ?? TIMEOUT_MS;
    return new ControlClient(path, await connected(path, timeoutMs), timeoutMs);
  }

  /** The whole status, or that of one peer. @throws PEER_UNKNOWN, CONTROL_UNREACHABLE, CONTROL_PROTOCOL */
  status(peer: string | null = null): Promise<StatusReport> {
    return this.#request('status', { peer });
  }

  /** Why a peer is in its state. @throws PEER_UNKNOWN, CONTROL_UNREACHABLE, CONTROL_PROTOCOL */
  explain(peer: string): Promise<ExplainReport> {
    return this.#request('explain', { peer });
  }

  /** @throws PEER_UNKNOWN, CONTROL_REFUSED, CONTROL_UNREACHABLE, CONTROL_PROTOCOL */
  operate(action: 'pause' | 'resume' | 'initiate', selector: PeerSelector): Promise<OperateReport> {
    return this.#request('operate', { action, selector });
  }

  /**
   * Has the daemon read its configuration again, and restart the services named.
   *
   * @throws CONFIG_INVALID (a RemoteError with `issues`), CONTROL_REFUSED
   */
  reload(restartedServices: readonly string[] = []): Promise<ReloadReport> {
    const given = restartedServices.length === 0 ? {} : { restart_services: restartedServices };
    return this.#request('reload', given, RELOAD_FACTOR * this.#timeoutMs);
  }

  services(): Promise<ServicesReport> {
    return this.#request('services', {});
  }

  peerLists(): Promise<PeerListsReport> {
    return this.#request('peer_lists', {});
  }

  /** All IKE_SAs in full; charon is asked anew. @throws VICI_CLOSED, VICI_TIMEOUT of the daemon */
  ikeSas(): Promise<IkeSasReport> {
    return this.#request('ike_sas', {}, RELOAD_FACTOR * this.#timeoutMs);
  }

  /** All metrics; with `process` also those about the daemon's process. */
  metrics(process: boolean): Promise<MetricsReport> {
    return this.#request('metrics', { process });
  }

  /** The latest entries of the history, oldest first; `limit` 0 to HISTORY_ENTRIES_MAX. */
  history(limit: number): Promise<HistoryEntry[]> {
    return this.#request('events', { limit, follow: false });
  }

  /**
   * The latest `limit` entries of the history and then every new one, without a gap, until `signal`.
   * The connection is of no other use afterwards.
   *
   * @throws CONTROL_REFUSED when they are read too slowly, CONTROL_UNREACHABLE when the daemon goes
   */
  async *follow(limit: number, signal: AbortSignal): AsyncGenerator<HistoryEntry, void> {
    const stop = (): void => this.close();
    signal.addEventListener('abort', stop);
    try {
      yield* await this.#request('events', { limit, follow: true });
      while (!signal.aborted) {
        const answer = await this.#next();
        if (answer === undefined) throw gone(this.#path);
        if ('error' in answer) throw new RemoteError(answer.error);
        if (!('event' in answer)) throw controlProtocolError('a reply that nobody asked for');
        yield answer.event;
      }
    } catch (error) {
      if (!signal.aborted) throw error;
    } finally {
      signal.removeEventListener('abort', stop);
      this.close();
    }
  }

  close(): void {
    this.#socket.destroy();
  }

  async #request<Name extends CommandName>(
    command: Name,
    given: object,
    timeoutMs = this.#timeoutMs,
  ): Promise<ReplyOf<Name>> {
    this.#requests += 1;
    const id = String(this.#requests);
    const payload = encode({ id, command, arguments: given }, REQUEST_LIMITS);
    this.#socket.write(frame(payload, REQUEST_LIMITS.bytesMax));
    const timer = setTimeout(() => this.#socket.destroy(silent(this.#path, timeoutMs)), timeoutMs);
    try {
      const answer = await this.#next();
      if (answer === undefined) throw gone(this.#path);
      if ('error' in answer) throw new RemoteError(answer.error);
      if (!('ok' in answer) || answer.id !== id) throw controlProtocolError('an answer to another request');
      const parsed = REPLY_SCHEMAS[command].safeParse(answer.ok);
      if (!parsed.success) throw controlProtocolError(`an answer to '${command}' in a shape unknown here`);
      return parsed.data as ReplyOf<Name>;
    } catch (error) {
      if (!(error instanceof RemoteError) || error.code === 'CONTROL_PROTOCOL') this.close();
      throw error;
    } finally {
      clearTimeout(timer);
    }
  }

  /** The next answer; undefined when the connection has come to its end. */
  async #next(): Promise<Answer | undefined> {
    try {
      return (await this.#answers.next()).value;
    } catch (error) {
      throw error instanceof AfteryouError ? error : gone(this.#path, error);
    }
  }
}

/** The answers as they come in; nothing is read ahead of whoever takes them. */
async function* answersOf(socket: Socket): AsyncGenerator<Answer, undefined> {
  const reader = new FrameReader(REPLY_LIMITS.bytesMax);
  for await (const chunk of socket as AsyncIterable<Buffer>) {
    reader.push(chunk);
    for (let payload = reader.next(); payload !== undefined; payload = reader.next()) {
      const parsed = answerSchema.safeParse(decode(payload, REPLY_LIMITS));
      if (!parsed.success) throw controlProtocolError('an answer in a shape unknown here');
      yield parsed.data;
    }
  }
  if (reader.isInsideFrame) throw controlProtocolError('the connection ended inside a frame');
  return undefined;
}

function connected(path: string, timeoutMs: number): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = connect(path);
    // Also for what comes later: an error ends the reading, and is told there.
    socket.on('error', (error) => reject(unreachable(path, error)));
    const timer = setTimeout(() => socket.destroy(silent(path, timeoutMs)), timeoutMs);
    socket.once('close', () => clearTimeout(timer));
    socket.once('connect', () => {
      clearTimeout(timer);
      resolve(socket);
    });
  });
}

function unreachable(path: string, error: Error): AfteryouError {
  if (error instanceof AfteryouError) return error;
  if (systemErrorCode(error) === 'EACCES') {
    return new AfteryouError('CONTROL_UNREACHABLE', `you may not use the control socket ${path}`, {
      nextStep: "Run this as root, or as a member of the socket's group.",
      cause: error,
    });
  }
  return new AfteryouError('CONTROL_UNREACHABLE', `no daemon answers on ${path}`, {
    nextStep: 'Is it running (`afteryou run`)? Does -c name the configuration that it was started with?',
    cause: error,
  });
}

function silent(path: string, timeoutMs: number): AfteryouError {
  return new AfteryouError(
    'CONTROL_UNREACHABLE',
    `the daemon on ${path} didn't answer within ${timeoutMs} ms`,
    {
      nextStep: 'Try again; if it stays so, restart the daemon and report it with its log.',
    },
  );
}

function gone(path: string, cause?: unknown): AfteryouError {
  return new AfteryouError('CONTROL_UNREACHABLE', `the daemon on ${path} closed the connection`, {
    nextStep:
      'Is it being stopped or restarted, or do too many programs ask it at once? Try again in a moment; its log says why.',
    cause,
  });
}
