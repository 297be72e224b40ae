/**
 * Starts the daemon and ends it: configuration, log, control socket, charon, signals.
 *
 * SIGTERM and SIGINT end it and leave every tunnel alone; SIGHUP reloads.
 */

import { loadConfigOrDefault } from '../config/default.ts';
import { ControlServer } from '../control/server.ts';
import { messageOf } from '../errors.ts';
import { Exposition } from '../metrics/exposition.ts';
import { systemClock } from '../timers/clock.ts';
import { VERSION } from '../version.ts';
import { Daemon } from './daemon.ts';
import { listInFull } from './list-in-full.ts';
import { createLog, type Log } from './log.ts';
import { LogLimits } from './log-limits.ts';
import { MetricsListener } from './metrics-listener.ts';
import { Notifier } from './notify.ts';
import { StateKeeper } from './state-keeper.ts';
import { Supervision, watchdogMsOf } from './supervision.ts';
import { ViciCharon } from './vici-charon.ts';
import { charonViewer } from './view-charon.ts';

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
    history: () => daemon.histories,
  });
  const exposition = new Exposition();
  const daemon = new Daemon({
    version: VERSION,
    clock: systemClock,
    random: Math.random,
    log,
    loaded,
    keeper,
    exposition,
    reread,
    listInFull: () => listInFull(config.charon.socket),
    viewCharon: charonViewer(config.charon.socket),
  });
  // Also when it ends by a fault: the last lines say what led to it. Before the log's own end, which writes them.
  process.prependOnceListener('exit', () => daemon.catchUp());
  const control = await ControlServer.listen({
    path: config.control.socket,
    api: daemon,
    onTrouble: troubleLogger(log, 'trouble on the control socket'),
  });
  const charon = new ViciCharon(config.charon.socket, daemon);
  for (const { message, file, line } of config.warnings) log.warning({ file, line }, message);
  log.notice({ version: VERSION, mode: config.mode, config: loaded.files[0] ?? null }, 'afteryou started');
  charon.start();
  const metrics = config.metrics.listen && {
    address: config.metrics.listen,
    text: async () => (await daemon.metrics(true)).text,
    log,
  };
  const listener = metrics && (await MetricsListener.listen(metrics));
  const endSupervision = superviseUnderSystemd(daemon, log);
  process.on('SIGHUP', () => {
    daemon.reload().catch((error: unknown) => log.error({ why: messageOf(error) }, 'nothing was reloaded'));
  });
  const signal = await endSignal();
  log.notice({ signal }, 'afteryou stops; every tunnel stays as it is');
  await endSupervision();
  daemon.stop();
  await listener?.close();
  await control.close();
  await charon.stop();
  await keeper.close();
  return 0;
}

/** Logs troubles that anybody on the other side can make as many of as he likes: not all of them. */
function troubleLogger(log: Log, message: string): (error: unknown) => void {
  const limits = new LogLimits(systemClock);
  return (error) => {
    const suppressed = limits.admit(message, 'trouble');
    if (suppressed === null) return;
    log.warning({ why: messageOf(error), suppressed: suppressed === 0 ? null : suppressed }, message);
  };
}

/** Tells systemd how the daemon is, if systemd has started it. @returns what tells it of the end */
function superviseUnderSystemd(daemon: Daemon, log: Log): () => Promise<void> {
  if (process.env['NOTIFY_SOCKET'] === undefined) return () => Promise.resolve();
  const notifier = new Notifier(log);
  const supervision = new Supervision({
    clock: systemClock,
    tell: (notice) => notifier.tell(notice),
    vitals: () => daemon.vitals(),
    watchdogMs: watchdogMsOf(process.env, process.pid),
  });
  supervision.start();
  return async () => {
    supervision.stop();
    notifier.tell({ STOPPING: '1', STATUS: 'stopping; every tunnel stays as it is' });
    await notifier.flushed();
  };
}

function endSignal(): Promise<NodeJS.Signals> {
  return new Promise((resolve) => {
    process.once('SIGTERM', resolve);
    process.once('SIGINT', resolve);
  });
}
