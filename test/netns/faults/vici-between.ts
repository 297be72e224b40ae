/**
 * Stands between the sidecar and charon on a socket of its own and passes everything on, until it is told to say something else.
 *
 * So the tunnels are real, and what the sidecar hears about them need not be.
 */
import { connect, createServer, type Server, type Socket } from 'node:net';
import { onTestFinished } from 'vitest';

export class ViciBetween {
  /** The sidecar's ends. */
  readonly #clients = new Set<Socket>();
  readonly #server: Server;

  private constructor(server: Server) {
    this.#server = server;
    onTestFinished(() => {
      this.#server.close();
      this.cut();
    });
  }

  /** Listens on `path` for whoever takes it for the charon at `target`. */
  static async listen(path: string, target: string): Promise<ViciBetween> {
    const server = createServer();
    const between = new ViciBetween(server);
    server.on('connection', (client) => between.#join(client, connect(target)));
    await new Promise<void>((resolve) => server.listen(path, resolve));
    return between;
  }

  get connections(): number {
    return this.#clients.size;
  }

  /** Says this on every connection, in between what charon says. */
  say(bytes: Uint8Array): void {
    for (const client of this.#clients) client.write(bytes);
  }

  /** Ends all connections. */
  cut(): void {
    for (const client of this.#clients) client.destroy();
  }

  #join(client: Socket, charon: Socket): void {
    this.#clients.add(client);
    client
      .on('error', () => undefined)
      .on('close', () => {
        this.#clients.delete(client);
        charon.destroy();
      });
    charon.on('error', () => undefined).on('close', () => client.destroy());
    client.pipe(charon);
    charon.on('data', (chunk) => client.write(chunk));
  }
}
