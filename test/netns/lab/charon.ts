/**
 * One charon in one host's namespace: its process, its files, its log, and the connections it is given.
 *
 * What it says over VICI is read in ike-sas.ts; swanctl is used for loading only, as an operator would do it.
 */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { charonConf } from './charon-conf.ts';
import { run } from './command.ts';
import { type Connection, swanctlConf } from './connection.ts';
import type { Host } from './hosts.ts';
import { type IkeSa, listSas } from './ike-sas.ts';
import { type Exit, ManagedProcess } from './managed-process.ts';
import { inRoot, rootFromEnvironment } from './other-root.ts';
import type { Settings } from './settings-text.ts';
import {
  answersVersion,
  type Initiation,
  initiate,
  initiateAll,
  type Termination,
  terminate,
} from './vici-calls.ts';
import { within } from './wait.ts';

export interface CharonOptions {
  /** Over the options of `charon-systemd` in strongswan.conf. */
  readonly settings?: Settings;
  readonly plugins?: string;
  /** Another root tree to take charon and swanctl from; null: none; default: the one that the environment names. */
  readonly root?: string | null;
}

/** What charon takes from the lab it stands in. */
export interface CharonPlace {
  readonly labDir: string;
  readonly track: (process: ManagedProcess) => void;
}

const START_WITHIN_MS = 60_000;
const LOAD_WITHIN_MS = 60_000;

export class Charon {
  readonly host: Host;
  readonly viciSocket: string;
  readonly logFile: string;
  private readonly dir: string;
  private readonly confFile: string;
  private readonly swanctlFile: string;
  private readonly root: string | null;
  private readonly place: CharonPlace;
  private current: ManagedProcess | undefined;

  constructor(host: Host, place: CharonPlace, options: CharonOptions = {}) {
    this.host = host;
    this.place = place;
    this.root = options.root === undefined ? rootFromEnvironment(host.name) : options.root;
    this.dir = join(place.labDir, host.label);
    this.viciSocket = join(this.dir, 'charon.vici');
    this.logFile = join(this.dir, 'charon.log');
    this.confFile = join(this.dir, 'strongswan.conf');
    this.swanctlFile = join(this.dir, 'swanctl.conf');
    mkdirSync(this.dir, { recursive: true });
    writeFileSync(
      this.confFile,
      charonConf({ ...options, viciSocket: this.viciSocket, logFile: this.logFile }),
    );
  }

  /** The running process. @throws Error when charon isn't running */
  get process(): ManagedProcess {
    if (this.current?.isRunning !== true) throw new Error(`charon of ${this.host.label} isn't running`);
    return this.current;
  }

  /** Starts charon and waits until it answers on VICI. Connections are not loaded. */
  async start(): Promise<void> {
    if (this.current?.isRunning === true) throw new Error(`charon of ${this.host.label} is running already`);
    const argv = this.host.inside(inRoot(this.root, this.place.labDir, ['charon-systemd']));
    const started = await ManagedProcess.start(argv, {
      env: this.env(),
      logFile: join(this.dir, 'charon.out'),
    });
    this.current = started;
    this.place.track(started);
    await within(
      START_WITHIN_MS,
      `charon of ${this.host.label} answers on VICI`,
      async () => {
        if (!started.isRunning) return true;
        return answersVersion(this.viciSocket);
      },
      { pollMs: 5 },
    );
    if (!started.isRunning) throw new Error(`charon of ${this.host.label} ended at once: ${this.tail()}`);
  }

  /**
   * Loads exactly these connections and their secrets; what was loaded before and isn't among them is unloaded.
   * charon keeps the SAs of an unloaded connection.
   */
  async load(connections: readonly Connection[]): Promise<void> {
    writeFileSync(this.swanctlFile, swanctlConf(connections));
    await this.loadAgain();
  }

  /** The same with a swanctl.conf of one's own. @returns what swanctl said */
  async loadText(text: string): Promise<string> {
    writeFileSync(this.swanctlFile, text);
    return await this.loadAgain();
  }

  /** Loads once more what was loaded last, say after a restart. @returns what swanctl said */
  async loadAgain(): Promise<string> {
    const swanctl = ['swanctl', '--load-all', '--clear', '--noprompt', '--uri', `unix://${this.viciSocket}`];
    const argv = inRoot(this.root, this.place.labDir, [...swanctl, '--file', this.swanctlFile]);
    return await run(argv, { env: this.env(), timeoutMs: LOAD_WITHIN_MS });
  }

  /** Ends charon: SIGTERM lets it send DELETEs. */
  stop(signal: NodeJS.Signals = 'SIGTERM'): Promise<Exit> {
    return this.process.stop(signal);
  }

  /** Ends charon without a word to its peers. */
  kill(): Promise<Exit> {
    return this.stop('SIGKILL');
  }

  /** Freezes charon: its socket still accepts, but nothing answers. */
  pause(): Promise<void> {
    return this.process.freeze();
  }

  resume(): void {
    this.process.signal('SIGCONT');
  }

  /** Stops (by `signal`) and starts charon, and loads the connections as Debian's unit does after a start. */
  async restart(signal: NodeJS.Signals = 'SIGTERM'): Promise<void> {
    await this.stop(signal);
    await this.start();
    if (existsSync(this.swanctlFile)) await this.loadAgain();
  }

  /** All IKE_SAs with their CHILD_SAs, in charon's order; those of one name are all there. */
  sas(): Promise<IkeSa[]> {
    return listSas(this.viciSocket);
  }

  /** Starts a CHILD_SA, and its IKE_SA if there is none; returns as soon as charon has begun (`timeout: -1`). */
  initiate(what: Initiation): Promise<void> {
    return initiate(this.viciSocket, what);
  }

  /** The same for many, over one connection. */
  initiateAll(all: readonly Initiation[]): Promise<void> {
    return initiateAll(this.viciSocket, all);
  }

  /** Ends SAs; returns as soon as charon has begun. */
  terminate(what: Termination): Promise<void> {
    return terminate(this.viciSocket, what);
  }

  /** The lines of charon's log so far. */
  log(): string[] {
    return existsSync(this.logFile) ? readFileSync(this.logFile, 'utf8').split('\n') : [];
  }

  /** The lines of the log that `pattern` fits. */
  grep(pattern: RegExp): string[] {
    return this.log().filter((line) => pattern.test(line));
  }

  private tail(): string {
    return this.log().slice(-6).join(' | ');
  }

  private env(): Record<string, string> {
    // SWANCTL_DIR: nothing of the machine's own /etc/swanctl may get in.
    return { STRONGSWAN_CONF: this.confFile, SWANCTL_DIR: this.dir };
  }
}
