/**
 * Metrics over HTTP, on a unix socket or the loopback interface: `GET /metrics` and nothing else.
 *
 * One answer is made at a time, and whoever asks meanwhile gets the same. That it can't listen is told and stops nothing:
 * tunnels come first.
 */

import { chmodSync, lstatSync, unlinkSync } from 'node:fs';
import type { createServer, IncomingMessage, Server, ServerResponse } from 'node:http';
import type { ListenAddress } from '../config/listen-address.ts';
import { messageOf } from '../errors.ts';
import { CONTENT_TYPE } from '../metrics/exposition.ts';
import type { Log } from './log.ts';

const CONNECTIONS_MAX = 16;
const REQUEST_MS_MAX = 5_000;
const HEADER_BYTES_MAX = 8 * 1024;
const SOCKET_MODE = 0o660;

export interface MetricsListenerOptions {
  readonly address: ListenAddress;
  readonly text: () => Promise<string>;
  readonly log: Log;
}

export class MetricsListener {
  readonly #options: MetricsListenerOptions;
  readonly #server: Server;
  #making: Promise<string> | null = null;

  private constructor(options: MetricsListenerOptions, create: typeof createServer) {
    this.#options = options;
    this.#server = create(
      {
        maxHeaderSize: HEADER_BYTES_MAX,
        headersTimeout: REQUEST_MS_MAX,
        requestTimeout: REQUEST_MS_MAX,
        keepAliveTimeout: REQUEST_MS_MAX,
        connectionsCheckingInterval: REQUEST_MS_MAX,
      },
      (request, response) => void this.#answer(request, response),
    );
    this.#server.maxConnections = CONNECTIONS_MAX;
  }

  /** Listens; if that fails it is told, and null comes back. */
  static async listen(options: MetricsListenerOptions): Promise<MetricsListener | null> {
    const { address, log } = options;
    // Not before it is wanted: in the bundle what stands at the head of a file is loaded at every start.
    const { createServer: create } = await import('node:http');
    const listener = new MetricsListener(options, create);
    try {
      if (address.kind === 'unix') removeStale(address.path);
      await listener.#bind();
      if (address.kind === 'unix') chmodSync(address.path, SOCKET_MODE);
      return listener;
    } catch (error) {
      log.error({ why: messageOf(error) }, 'metrics cannot be given over HTTP');
      return null;
    }
  }

  async close(): Promise<void> {
    const closed = new Promise((resolve) => this.#server.close(resolve));
    this.#server.closeAllConnections();
    await closed;
  }

  #bind(): Promise<void> {
    const { address, log } = this.#options;
    return new Promise((resolve, reject) => {
      this.#server.once('error', reject);
      this.#server.listen(address, () => {
        this.#server.off('error', reject);
        this.#server.on('error', (error) =>
          log.warning({ why: messageOf(error) }, 'trouble with metrics over HTTP'),
        );
        resolve();
      });
    });
  }

  async #answer({ method, url }: IncomingMessage, response: ServerResponse): Promise<void> {
    response.on('error', () => undefined);
    if (url?.split('?')[0] !== '/metrics') {
      response.writeHead(404).end('see /metrics\n');
    } else if (method !== 'GET' && method !== 'HEAD') {
      response.writeHead(405, { allow: 'GET, HEAD' }).end();
    } else {
      try {
        const text = await this.#text();
        response.writeHead(200, { 'content-type': CONTENT_TYPE }).end(method === 'HEAD' ? undefined : text);
      } catch (error) {
        this.#options.log.error({ why: messageOf(error) }, 'metrics could not be made');
        response.writeHead(500).end();
      }
    }
  }

  #text(): Promise<string> {
    this.#making ??= this.#options.text().finally(() => {
      this.#making = null;
    });
    return this.#making;
  }
}

/** The socket of a run before; only one afteryou has the control socket, so nobody listens on it. @throws Error for another file */
function removeStale(path: string): void {
  const stats = lstatSync(path, { throwIfNoEntry: false });
  if (stats === undefined) return;
  if (!stats.isSocket()) throw new Error(`${path} is there and isn't a socket`);
  unlinkSync(path);
}
