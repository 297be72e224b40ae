/** The command line as a test runs it: against a fake daemon, with the clock of the fake and what was printed kept. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { runCli } from '../../../src/cli/program.ts';
import type { World } from '../../../src/cli/world.ts';
import { NOW } from '../control/fake-daemon.ts';
import { startServer, temporaryDirectory } from '../control/places.ts';

export interface Ran {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

/** Runs one command line; `changes` are of the world. */
export async function run(args: readonly string[], changes: Partial<World> = {}): Promise<Ran> {
  let out = '';
  let err = '';
  const world: World = {
    out: (text) => {
      out += text;
    },
    err: (text) => {
      err += text;
    },
    isColoured: false,
    now: () => NOW,
    pause: async () => {},
    interrupted: () => new AbortController().signal,
    runDaemon: () => Promise.reject(new Error('no daemon in this test')),
    ...changes,
  };
  const code = await runCli(args, world);
  return { code, out, err };
}

/** A daemon, and a configuration that names its socket. */
export async function withDaemon() {
  const { path, api, server } = await startServer();
  const configFile = join(temporaryDirectory(), 'afteryou.yaml');
  writeFileSync(configFile, `version: 1\ncontrol:\n  socket: ${path}\nservices: { all: {} }\n`);
  const ask = (args: readonly string[], changes?: Partial<World>) =>
    run([...args, '-c', configFile], changes);
  return { api, server, path, configFile, ask };
}

// Times in golden files are those of this zone.
process.env['TZ'] = 'UTC';
