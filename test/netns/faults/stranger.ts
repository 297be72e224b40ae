/**
 * Somebody who may open the control socket and means no good: sends what bytes he likes, and reads only if he likes.
 */
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { onTestFinished } from 'vitest';

import { decode } from '../../../src/control/codec.ts';
import { FrameReader } from '../../../src/control/frames.ts';
import { REPLY_LIMITS } from '../../../src/control/limits.ts';

export class Stranger {
  readonly #socket: Socket;
  readonly #frames = new FrameReader(REPLY_LIMITS.bytesMax);

  private constructor(socket: Socket) {
    this.#socket = socket;
    socket.on('error', () => undefined);
    onTestFinished(() => this.go());
  }

  static async connect(path: string): Promise<Stranger> {
    const stranger = new Stranger(connect(path));
    await once(stranger.#socket, 'connect');
    return stranger;
  }

  /** As many as the kernel lets in at once; those that it doesn't are counted too, and stay unconnected. */
  static crowd(path: string, count: number): readonly Stranger[] {
    return Array.from({ length: count }, () => new Stranger(connect(path)));
  }

  send(bytes: Uint8Array): this {
    if (!this.#socket.destroyed) this.#socket.write(bytes);
    return this;
  }

  /** The first thing that the daemon says; undefined when it closes without a word. */
  async firstWord(): Promise<unknown> {
    for await (const chunk of this.#socket as AsyncIterable<Buffer>) {
      this.#frames.push(chunk);
      const payload = this.#frames.next();
      if (payload !== undefined) return decode(payload, REPLY_LIMITS);
    }
    return undefined;
  }

  go(): void {
    this.#socket.destroy();
  }
}

/** A frame with these bytes in it, of the length that they have or of another. */
export function framed(payload: readonly number[] | Uint8Array, length: number = payload.length): Buffer {
  const prefix = Buffer.alloc(4);
  prefix.writeUInt32BE(length);
  return Buffer.concat([prefix, Uint8Array.from(payload)]);
}
