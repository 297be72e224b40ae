/**
 * Entry of the bundle: gives the command line the real world.
 *
 * Only what every command needs is imported up front, so that `status` starts quickly; the daemon, the
 * configuration and the client come in when a command asks for them.
 */
import './older-node.ts';
import { setTimeout as delay } from 'node:timers/promises';
import { runCli } from './program.ts';
import { wantsColour } from './text/colour.ts';
import type { World } from './world.ts';

let interruption: AbortController | undefined;
let isDaemon = false;

const world: World = {
  out: (text) => void process.stdout.write(text),
  err: (text) => void process.stderr.write(text),
  isColoured: wantsColour(process.stdout.isTTY, process.env),
  now: () => new Date(),
  pause: (milliseconds, signal) => delay(milliseconds, undefined, { signal }).catch(() => {}),
  interrupted: () => {
    if (interruption === undefined) {
      const controller = new AbortController();
      interruption = controller;
      process.once('SIGINT', () => controller.abort());
      process.once('SIGTERM', () => controller.abort());
    }
    return interruption.signal;
  },
  runDaemon: async (options) => {
    isDaemon = true;
    (await import('../daemon/v8.ts')).settleV8();
    return (await import('../daemon/main.ts')).runDaemon(options);
  },
};

// `afteryou events -f | head`: the reader has gone, and that is no error. A daemon outlives the reader of its log.
process.stdout.on('error', (error: Error & { code?: string }) => {
  if (!isDaemon) process.exit(error.code === 'EPIPE' ? 0 : 1);
});

process.exitCode = await runCli(process.argv.slice(2), world);
