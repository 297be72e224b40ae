/**
 * Starts the daemon and ends it: configuration, log, control socket, charon, signals.
 *
 * SIGTERM and SIGINT end it and leave every tunnel alone; SIGHUP reloads.
 */

import { loadConfigOrDefault } from '../config/default.ts';
import { ControlServer } from '../control/server.ts';
import { messageOf } from '../errors.ts';
import { systemClock } from '../timers/clock.ts';
import { VERSION } from '../version.ts';
import { Daemon } from './daemon.ts';
import { createLog } from './log.ts';
import { StateKeeper } from './state-keeper.ts';
import { ViciCharon } from './vici-charon.ts';

export interface RunOptions {
  readonly configFile: string;
  /** The operator named the file; otherwise its absence means "observe". */
  readonly configGiven: boolean;
}

/** Runs until a signal ends it. @returns the exit code */
export async function runDaemon(options: RunOptions): Promise<number> {
  const { configFile, configGiven } = options;
  const reread = () => loadConfigOrDefault(configGiven ? configFile : null, configFile);
  const loaded = reread();
  const { config } = loaded;
  const log = createLog(config.log);
  const keeper: StateKeeper = new StateKeeper({
    file: config.state.file,
    clock: systemClock,
    log,
    peers: () => daemon.fleet.peers,
  });
  const daemon = new Daemon({
    version: VERSION,
    clock: systemClock,
    random: Math.random,
    log,
    loaded,
    keeper,
    reread,
  });
  const control = await ControlServer.listen({
    path: config.control.socket,
    api: daemon,
    onTrouble: (error) => log.warning({ why: messageOf(error) }, 'trouble on the control socket'),
  });
  const charon = new ViciCharon(config.charon.socket, daemon);
  for (const { message, file, line } of config.warnings) log.warning({ file, line }, message);
  log.notice({ version: VERSION, mode: config.mode, config: loaded.files[0] ?? null }, 'afteryou started');
  charon.start();
  process.on('SIGHUP', () => {
    daemon.reload().catch((error: unknown) => log.error({ why: messageOf(error) }, 'nothing was reloaded'));
  });
  const signal = await endSignal();
  log.notice({ signal }, 'afteryou stops; every tunnel stays as it is');
  daemon.stop();
  await control.close();
  await charon.stop();
  keeper.save();
  return 0;
}

function endSignal(): Promise<NodeJS.Signals> {
  return new Promise((resolve) => {
    process.once('SIGTERM', resolve);
    process.once('SIGINT', resolve);
  });
}
