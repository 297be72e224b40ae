/** Asking the daemon: finds its socket, connects, and hangs up whatever happens. */
import type { ControlClient } from '../control/client.ts';
import { controlSocketPath } from './socket-path.ts';
import type { Cli } from './world.ts';

/** Runs `ask` with a connection to the daemon. @throws CONTROL_UNREACHABLE, CONFIG_UNREADABLE, or what `ask` throws */
export async function withDaemon<Result>(
  cli: Cli,
  ask: (client: ControlClient) => Promise<Result>,
): Promise<Result> {
  // The client brings msgpack and zod with it, which `--help` and `run` don't need.
  const [{ ControlClient }, path] = await Promise.all([
    import('../control/client.ts'),
    controlSocketPath(cli),
  ]);
  const client = await ControlClient.connect(path);
  try {
    return await ask(client);
  } finally {
    client.close();
  }
}
