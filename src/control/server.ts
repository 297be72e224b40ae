/**
 * The daemon's end of the control socket: listens, counts connections, and goes without leaving a file.
 *
 * Knows nothing of what is asked; see `server-connection.ts` and `answering.ts`.
 */
import { chmod } from 'node:fs/promises';
import { createServer, type Server, type Socket } from 'node:net';
import { AfteryouError } from '../errors.ts';
import { controlUnusableError, systemErrorCode } from './errors.ts';
import { ServerConnection } from './server-connection.ts';
import { type ControlServerSettings, SERVER_DEFAULTS } from './server-settings.ts';
import { preparePlace } from './socket-place.ts';

const SOCKET_MODE = 0o660;

/** Path and api, and any of the bounds. */
export type ControlServerOptions = Pick<ControlServerSettings, 'path' | 'api'> &
  Partial<ControlServerSettings>;

/** Beyond `connectionsMax`, as many again may wait for their refusal to be read; more aren't accepted. */
const REFUSED_FACTOR = 2;

/** How long connections have to take their last answers at close. */
const CLOSE_MS = 500;

export class ControlServer {
  readonly #settings: ControlServerSettings;
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  #served = 0;

  private constructor(options: ControlServerOptions) {
    this.#settings = { ...SERVER_DEFAULTS, ...options };
    this.#server = createServer((socket) => this.#accept(socket));
    this.#server.maxConnections = REFUSED_FACTOR * this.#settings.connectionsMax;
    this.#server.on('drop', () => this.#settings.onTrouble(tooMany(this.#settings.connectionsMax)));
  }

  /**
   * Listens on the socket, for its owner and its group.
   *
   * @throws CONTROL_UNUSABLE for an unsafe or impossible place, CONTROL_IN_USE when a daemon answers there
   */
  static async listen(options: ControlServerOptions): Promise<ControlServer> {
    await preparePlace(options.path);
    const server = new ControlServer(options);
    try {
      await server.#bind();
      // Until here only its owner could connect, unless the umask says otherwise; the directory guards it too.
      await chmod(options.path, SOCKET_MODE);
    } catch (cause) {
      await server.close();
      if (systemErrorCode(cause) === 'EADDRINUSE') {
        throw new AfteryouError('CONTROL_IN_USE', `another daemon has just taken ${options.path}`, { cause });
      }
      throw controlUnusableError(
        `can't listen on ${options.path}: ${systemErrorCode(cause) ?? String(cause)}`,
        'Give the directory to the user that afteryou runs as.',
        cause,
      );
    }
    return server;
  }

  /** Closes all connections and removes the socket; may be called twice. */
  async close(): Promise<void> {
    if (!this.#server.listening) return;
    // Node removes the file of a socket that it has bound.
    const closed = new Promise<void>((resolve) => this.#server.close(() => resolve()));
    for (const socket of this.#sockets) socket.destroySoon();
    const timer = setTimeout(() => {
      for (const socket of this.#sockets) socket.destroy();
    }, CLOSE_MS);
    await closed;
    clearTimeout(timer);
  }

  #bind(): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#server.once('error', reject);
      this.#server.listen(this.#settings.path, () => {
        this.#server.off('error', reject);
        // Errors of accepting (too many open files): told, and the next connection is tried.
        this.#server.on('error', this.#settings.onTrouble);
        resolve();
      });
    });
  }

  #accept(socket: Socket): void {
    this.#sockets.add(socket);
    socket.once('close', () => this.#sockets.delete(socket));
    const connection = new ServerConnection(socket, this.#settings);
    if (this.#served >= this.#settings.connectionsMax) {
      connection.refuse(`${this.#served} connections are open, no more are possible`);
      return;
    }
    this.#served += 1;
    socket.once('close', () => {
      this.#served -= 1;
    });
    connection.serve();
  }
}

/** Whoever is ended like this isn't told: that would take a connection. */
function tooMany(connectionsMax: number): AfteryouError {
  const waiting = (REFUSED_FACTOR - 1) * connectionsMax;
  return new AfteryouError(
    'CONTROL_REFUSED',
    `${connectionsMax} connections are open and ${waiting} more wait for a refusal; one beyond those was closed`,
  );
}
