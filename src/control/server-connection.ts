/**
 * One client of the control socket: its frames in, answers out, and the time it may take.
 *
 * Requests are answered one after another: while one is being answered, or its answer hasn't been taken,
 * nothing more is read, so that the kernel's buffer is the queue. Whoever breaks the rules is told in a last
 * frame; the connection ends when the client has read it and gone, or hasn't for `stallMs`.
 */
import type { Socket } from 'node:net';
import { AfteryouError } from '../errors.ts';
import { type Answered, answer } from './answering.ts';
import type { Answer } from './answers.ts';
import type { HistoryEntry } from './api.ts';
import { encode } from './codec.ts';
import { errorBody } from './error-body.ts';
import { controlProtocolError } from './errors.ts';
import { FrameReader, frame } from './frames.ts';
import { REPLY_LIMITS, REQUEST_LIMITS } from './limits.ts';
import type { ControlServerSettings } from './server-settings.ts';

export class ServerConnection {
  readonly #socket: Socket;
  readonly #settings: ControlServerSettings;
  readonly #reader = new FrameReader(REQUEST_LIMITS.bytesMax);
  #timer: NodeJS.Timeout | undefined;
  #stopFollowing: (() => void) | undefined;
  /** The last frame has been written; whatever comes in is dropped. */
  #isLeaving = false;

  constructor(socket: Socket, settings: ControlServerSettings) {
    this.#socket = socket;
    this.#settings = settings;
    // A client that goes in the middle is no trouble; `close` follows and cleans up.
    socket.on('error', () => {});
    socket.once('close', () => {
      clearTimeout(this.#timer);
      this.#stopFollowing?.();
    });
  }

  /** Answers requests until the client goes. */
  serve(): void {
    this.#awaitRequest();
    // When the socket breaks nobody is left to be told.
    this.#read().catch(() => this.#socket.destroy());
  }

  /** Tells the client why it isn't served, and ends the connection. */
  refuse(reason: string): void {
    this.#leave(new AfteryouError('CONTROL_REFUSED', reason, { nextStep: 'Try again in a moment.' }));
    this.#socket.resume();
  }

  async #read(): Promise<void> {
    for await (const chunk of this.#socket as AsyncIterable<Buffer>) {
      if (this.#isLeaving) continue;
      const wasInsideFrame = this.#reader.isInsideFrame;
      this.#reader.push(chunk);
      try {
        const count = await this.#answerFrames();
        if (count > 0 || !wasInsideFrame) this.#awaitRequest();
      } catch (error) {
        this.#leave(error);
      }
    }
  }

  /** Answers what has come; returns how many frames that was. */
  async #answerFrames(): Promise<number> {
    let count = 0;
    for (let payload = this.#reader.next(); payload !== undefined; payload = this.#reader.next()) {
      count += 1;
      clearTimeout(this.#timer);
      const answering = answer(payload, this.#settings.api);
      // Not awaited without need: between a history and the first event that follows nothing may happen.
      const answered = answering instanceof Promise ? await answering : answering;
      const wasTaken = this.#reply(answered);
      if (!wasTaken) await this.#drained();
      if (this.#isLeaving || this.#socket.destroyed) break;
    }
    return count;
  }

  /** Sends an answer; false when the client must take some first. */
  #reply({ reply, follows, error }: Answered): boolean {
    if (error !== undefined) this.#settings.onTrouble(error);
    if (follows && this.#stopFollowing !== undefined) {
      return this.#send({ id: reply.id, error: errorBody(alreadyFollowing()) });
    }
    const wasTaken = this.#send(reply);
    if (follows) {
      this.#stopFollowing = this.#settings.api.follow((event) => this.#tell(reply.id, event));
    }
    return wasTaken;
  }

  #send(message: Answer): boolean {
    if (this.#socket.destroyed) return true;
    return this.#socket.write(answerFrame(message));
  }

  /** Passes one event on, unless the client is too far behind: then it is dropped. */
  #tell(id: string, event: HistoryEntry): void {
    if (this.#isLeaving) return;
    if (this.#socket.writableLength > this.#settings.followerBytesMax) {
      this.#leave(tooSlow(), id);
      return;
    }
    this.#send({ id, event });
  }

  /** Waits until the client has taken what was sent. A client that doesn't is cut off. */
  async #drained(): Promise<void> {
    const socket = this.#socket;
    const timer = setTimeout(() => socket.destroy(), this.#settings.stallMs);
    await new Promise<void>((resolve) => {
      const done = (): void => {
        clearTimeout(timer);
        socket.off('drain', done).off('close', done);
        resolve();
      };
      socket.on('drain', done).on('close', done);
    });
  }

  /** Starts the time for the rest of a frame, or for the next request. */
  #awaitRequest(): void {
    clearTimeout(this.#timer);
    if (this.#isLeaving || this.#socket.destroyed) return;
    const { frameMs, idleMs } = this.#settings;
    if (this.#reader.isInsideFrame) {
      this.#timer = setTimeout(() => this.#leave(unfinished(frameMs)), frameMs);
    } else if (this.#stopFollowing === undefined) {
      this.#timer = setTimeout(() => this.#leave(idle(idleMs)), idleMs);
    }
  }

  /** Writes a last frame that says why, and ends the connection. */
  #leave(error: unknown, id = ''): void {
    if (this.#isLeaving || this.#socket.destroyed) return;
    this.#isLeaving = true;
    clearTimeout(this.#timer);
    this.#stopFollowing?.();
    this.#settings.onTrouble(error);
    this.#socket.end(answerFrame({ id, error: errorBody(error) }));
    // Not destroyed at once: with bytes unread here the client would get a reset instead of the frame.
    this.#timer = setTimeout(() => this.#socket.destroy(), this.#settings.stallMs);
  }
}

/** The frame of an answer; of a refusal, if the answer itself is too large. */
function answerFrame(message: Answer): Buffer {
  try {
    return frame(encode(message, REPLY_LIMITS), REPLY_LIMITS.bytesMax);
  } catch (error) {
    const refusal: Answer = { id: message.id, error: errorBody(tooLarge(error)) };
    return frame(encode(refusal, REPLY_LIMITS), REPLY_LIMITS.bytesMax);
  }
}

function tooLarge(error: unknown): unknown {
  if (!(error instanceof AfteryouError) || error.code !== 'CONTROL_PROTOCOL') return error;
  return new AfteryouError('CONTROL_REFUSED', 'the answer is too large to be sent', {
    nextStep: 'Ask for one peer instead of all.',
    cause: error,
  });
}

function alreadyFollowing(): AfteryouError {
  return new AfteryouError('CONTROL_REFUSED', 'this connection follows events already');
}

function tooSlow(): AfteryouError {
  return new AfteryouError('CONTROL_REFUSED', 'events were read too slowly, and this follower is dropped', {
    nextStep: 'Read them faster, into a file perhaps; `afteryou events -n 1000` shows what was missed.',
  });
}

function unfinished(frameMs: number): AfteryouError {
  return controlProtocolError(`a frame wasn't complete within ${frameMs} ms`);
}

function idle(idleMs: number): AfteryouError {
  return new AfteryouError('CONTROL_REFUSED', `no request came within ${idleMs} ms`);
}
