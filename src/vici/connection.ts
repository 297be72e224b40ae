/**
 * One socket: packets out, packets in, pause, close.
 *
 * Knows the stream and its frames, not which packet answers which. Whatever breaks it ends in exactly one
 * call of `onClosed`.
 */
import { connect, type Socket } from 'node:net';
import { connectionError, parseAddress } from './address.ts';
import { asViciError, ViciError } from './errors.ts';
import { FrameReader } from './framing.ts';
import { decodePacket, type Packet } from './packet.ts';
import { ReadMemory } from './read-memory.ts';
import { ReadRests } from './read-rests.ts';

export interface ConnectionHandlers {
  /** Called for each packet in order; what it throws closes the connection. */
  readonly onPacket: (packet: Packet) => void;
  /** Called once, when the connection has ended for whatever reason; no packet comes afterwards. */
  readonly onClosed: (reason: ViciError) => void;
}

/** A socket that is connected, and who gets the bytes that come. */
export interface OpenSocket {
  readonly socket: Socket;
  /** What is read of it at a time, at most. */
  readonly readBytesMax: number;
  onChunk: (chunk: Buffer) => void;
}

/** Owns a socket that is connected already. */
export class Connection {
  readonly #socket: Socket;
  readonly #frames = new FrameReader();
  readonly #handlers: ConnectionHandlers;
  readonly #address: string;
  readonly #rests: ReadRests;
  #isPaused = false;
  #isDraining = false;
  #isClosed = false;

  /** @param restMs longest rest between two readings; 0 reads whatever comes at once */
  constructor(opened: OpenSocket, address: string, handlers: ConnectionHandlers, restMs = 0) {
    const { socket } = opened;
    this.#socket = socket;
    this.#address = address;
    this.#handlers = handlers;
    this.#rests = new ReadRests(restMs, opened.readBytesMax, () => this.#readOn());
    opened.onChunk = (chunk) => this.#read(chunk);
    socket.on('error', (error) => this.close(connectionError(address, error)));
    socket.on('close', () => this.close(this.#endOfStream()));
  }

  /** Writes an encoded packet. */
  send(packet: Buffer): void {
    this.#socket.write(packet);
  }

  /** Takes no more packets until `resume()`; the other end is held back by the socket's own buffers. */
  pause(): void {
    this.#isPaused = true;
    this.#socket.pause();
  }

  resume(): void {
    if (!this.#isPaused) return;
    this.#isPaused = false;
    this.#drain();
    this.#readOn();
  }

  /** Ends the connection at once; only the first reason counts. */
  close(reason: ViciError): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#rests.stop();
    this.#socket.destroy();
    this.#handlers.onClosed(reason);
  }

  #read(chunk: Buffer): void {
    this.#frames.push(chunk);
    this.#drain();
    if (this.#isClosed) return;
    this.#rests.begin(chunk.length);
    if (this.#rests.isResting) this.#socket.pause();
  }

  #readOn(): void {
    if (!this.#isPaused && !this.#rests.isResting && !this.#isClosed) this.#socket.resume();
  }

  #drain(): void {
    if (this.#isDraining) return;
    this.#isDraining = true;
    try {
      while (!this.#isPaused && !this.#isClosed && this.#frames.next()) {
        this.#handlers.onPacket(decodePacket(this.#frames.bytes, this.#frames.start, this.#frames.end));
      }
    } catch (error) {
      this.close(asViciError(error, `the connection to ${this.#address} was given up`));
    } finally {
      this.#isDraining = false;
    }
  }

  #endOfStream(): ViciError {
    const where = this.#frames.isInsideFrame ? ' in the middle of a packet' : '';
    return new ViciError('VICI_CLOSED', `charon closed the connection to ${this.#address}${where}`, {
      nextStep: 'connect again; if it happens at each request, look into the log of charon',
    });
  }
}

/**
 * A socket connected to `address`, within `timeoutMs`.
 * @param readBytesMax what is read of it at a time
 * @throws VICI_CLOSED if nobody takes the connection, VICI_TIMEOUT if it takes too long
 */
export function openSocket(address: string, timeoutMs: number, readBytesMax: number): Promise<OpenSocket> {
  return new Promise((resolve, reject) => {
    const memory = new ReadMemory(readBytesMax);
    const takeChunk = (length: number): boolean => {
      opened.onChunk(memory.take(length));
      return true;
    };
    const onread = { buffer: () => memory.forNextRead(), callback: takeChunk };
    const socket = connect({ ...parseAddress(address), onread });
    const opened: OpenSocket = { socket, readBytesMax, onChunk: () => undefined };
    const fail = (error: ViciError): void => {
      clearTimeout(timer);
      socket.destroy();
      reject(error);
    };
    const onError = (error: Error): void => fail(connectionError(address, error));
    const timer = setTimeout(() => {
      fail(new ViciError('VICI_TIMEOUT', `no connection to ${address} within ${timeoutMs} ms`));
    }, timeoutMs);
    socket.once('error', onError);
    socket.once('connect', () => {
      clearTimeout(timer);
      socket.off('error', onError);
      resolve(opened);
    });
  });
}
