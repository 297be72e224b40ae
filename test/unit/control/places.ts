/** Places and connections for tests of the control socket; each test removes its own at its end. */
import { mkdtempSync, rmSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { decode, encode } from '../../../src/control/codec.ts';
import { FrameReader, frame } from '../../../src/control/frames.ts';
import { REPLY_LIMITS } from '../../../src/control/limits.ts';
import { ControlServer, type ControlServerOptions } from '../../../src/control/server.ts';
import { FakeDaemon } from './fake-daemon.ts';

export function temporaryDirectory(): string {
  const directory = mkdtempSync(join(tmpdir(), 'afteryou-control-'));
  onTestFinished(() => rmSync(directory, { recursive: true, force: true }));
  return directory;
}

/** A server with a fake daemon behind it. */
export async function startServer(options: Partial<ControlServerOptions> = {}) {
  const api = new FakeDaemon();
  const path = join(temporaryDirectory(), 'control.sock');
  const server = await ControlServer.listen({ path, api, ...options });
  onTestFinished(() => server.close());
  return { server, path, api };
}

/** A client that says what it likes. */
export class RawClient {
  readonly socket: Socket;
  readonly #answers: AsyncGenerator<unknown>;

  constructor(path: string) {
    this.socket = connect(path);
    this.socket.on('error', () => {});
    onTestFinished(() => void this.socket.destroy());
    this.#answers = answersOf(this.socket);
  }

  request(value: unknown): this {
    this.socket.write(frame(encode(value, REPLY_LIMITS), REPLY_LIMITS.bytesMax));
    return this;
  }

  /** The next answer; undefined when the server has closed the connection. */
  async answer(): Promise<unknown> {
    const { value } = await this.#answers.next();
    return value;
  }
}

async function* answersOf(socket: Socket): AsyncGenerator<unknown> {
  const reader = new FrameReader(REPLY_LIMITS.bytesMax);
  for await (const chunk of socket as AsyncIterable<Buffer>) {
    reader.push(chunk);
    for (let payload = reader.next(); payload !== undefined; payload = reader.next()) {
      yield decode(payload, REPLY_LIMITS);
    }
  }
}

/** Returns once `holds`; the test's own time limit ends it otherwise. */
export async function eventually(holds: () => boolean): Promise<void> {
  while (!holds()) await new Promise((resolve) => setTimeout(resolve, 2));
}
