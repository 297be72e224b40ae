/**
 * afteryou itself, run as an operator runs it: the bundle that ships, a configuration file, a socket, signals.
 *
 * Knows how to start and ask it, nothing of what it decides.
 */
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';

import { afteryouExecutable, afteryouUnder } from './checkout.ts';
import { tryRun } from './command.ts';
import type { Host } from './hosts.ts';
import { type Exit, ManagedProcess } from './managed-process.ts';
import { within } from './wait.ts';

/** A section of the configuration file, with the file's own keys. */
export interface ConfigSection {
  readonly [key: string]: unknown;
}

export interface AfteryouOptions {
  /** The configuration but for the paths of its sockets and its state, which the lab adds. */
  readonly config: ConfigSection;
  /** Sub-directory of the lab, for more than one of them; default `afteryou`. */
  readonly name?: string;
  readonly env?: Readonly<Record<string, string>>;
  /** More arguments of `run`. */
  readonly args?: readonly string[];
}

/** What afteryou takes from the lab it stands in. */
export interface AfteryouPlace {
  readonly labDir: string;
  readonly viciSocket: string;
  readonly track: (process: ManagedProcess) => void;
}

export interface LogLine {
  readonly atMs: number;
  readonly stream: 'stdout' | 'stderr';
  readonly text: string;
}

export interface CliResult {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
  /** Standard output as JSON; undefined if it isn't JSON. */
  readonly json: unknown;
}

const START_WITHIN_MS = 60_000;
const LOG_LINES_MAX = 200_000;

export class Afteryou {
  readonly host: Host;
  readonly configFile: string;
  readonly controlSocket: string;
  readonly stateFile: string;
  /** All lines so far, of all runs. */
  readonly log: LogLine[] = [];
  private readonly dir: string;
  private readonly place: AfteryouPlace;
  private readonly options: AfteryouOptions;
  private current: ManagedProcess | undefined;

  constructor(host: Host, place: AfteryouPlace, options: AfteryouOptions) {
    this.host = host;
    this.place = place;
    this.options = options;
    this.dir = join(place.labDir, options.name ?? 'afteryou');
    this.configFile = join(this.dir, 'afteryou.yaml');
    this.controlSocket = join(this.dir, 'control.sock');
    this.stateFile = join(this.dir, 'state.msgpack');
    mkdirSync(this.dir, { recursive: true });
    this.configure(options.config);
  }

  /** The running process. @throws Error when afteryou isn't running */
  get process(): ManagedProcess {
    if (this.current?.isRunning !== true) throw new Error('afteryou is not running');
    return this.current;
  }

  /** Writes the configuration file anew; `reload` makes it count. */
  configure(config: ConfigSection): void {
    const section = (key: string): object => Object(config[key] ?? {});
    const whole = {
      version: 1,
      ...config,
      charon: { socket: this.place.viciSocket, ...section('charon') },
      control: { socket: this.controlSocket, ...section('control') },
      state: { file: this.stateFile, ...section('state') },
    };
    this.configureText(JSON.stringify(whole, null, 2)); // JSON is YAML too (YAML 1.2, 1.2).
  }

  /** Writes the configuration file as it stands, also a wrong one. */
  configureText(yaml: string): void {
    writeFileSync(this.configFile, yaml);
  }

  /** Starts the daemon and waits until its control socket takes a connection. */
  async start(): Promise<void> {
    if (this.current?.isRunning === true) throw new Error('afteryou is running already');
    const executable = afteryouExecutable();
    if (!existsSync(executable)) throw new Error(`${executable} isn't there: build it first`);
    const run = [process.execPath, executable, 'run', '-c', this.configFile, ...(this.options.args ?? [])];
    const argv = [...afteryouUnder(), ...run];
    const started = await ManagedProcess.start(this.host.inside(argv), {
      ...(this.options.env === undefined ? {} : { env: this.options.env }),
      onStdoutLine: (text, atMs) => this.keep({ atMs, stream: 'stdout', text }),
      onStderrLine: (text, atMs) => this.keep({ atMs, stream: 'stderr', text }),
    });
    this.current = started;
    this.place.track(started);
    await within(START_WITHIN_MS, 'the control socket of afteryou answers', () => {
      return !started.isRunning || takesConnections(this.controlSocket);
    });
    if (!started.isRunning) throw new Error(`afteryou ended at once: ${this.tail()}`);
  }

  stop(signal: NodeJS.Signals = 'SIGTERM'): Promise<Exit> {
    return this.process.stop(signal);
  }

  /** Ends the daemon with no chance to say or save anything. */
  kill(): Promise<Exit> {
    return this.stop('SIGKILL');
  }

  /** Has the daemon read its configuration again (SIGHUP); returns before it has. */
  reload(): void {
    this.process.signal('SIGHUP');
  }

  /** Runs the command line against this daemon: `cli(['status', '-o', 'json'])`. */
  async cli(args: readonly string[]): Promise<CliResult> {
    const result = await tryRun([process.execPath, afteryouExecutable(), ...args, '-c', this.configFile]);
    return { ...result, json: parsed(result.stdout) };
  }

  /** The log lines that `pattern` fits. */
  grep(pattern: RegExp): LogLine[] {
    return this.log.filter(({ text }) => pattern.test(text));
  }

  /** The log into the lab's directory, for the evidence. */
  saveLog(): void {
    const lines = this.log.map(
      ({ atMs, stream, text }) => `${new Date(atMs).toISOString()} ${stream} ${text}\n`,
    );
    writeFileSync(join(this.dir, 'afteryou.log'), lines.join(''));
  }

  private keep(line: LogLine): void {
    if (this.log.length < LOG_LINES_MAX) this.log.push(line);
  }

  private tail(): string {
    const lines = this.log.slice(-10).map(({ text }) => text);
    return lines.join(' | ');
  }
}

function takesConnections(path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(path);
    socket.once('connect', () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', () => resolve(false));
  });
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
