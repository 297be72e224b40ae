/**
 * A lab: two gateways in namespaces of their own, what runs in them, and the end of it all.
 *
 * Knows who was started and takes everything down again. What the parts do is in their own files.
 */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { Afteryou, type AfteryouOptions } from './afteryou.ts';
import { Capture } from './capture.ts';
import { Charon, type CharonOptions } from './charon.ts';
import { tryRun } from './command.ts';
import { onEmergency } from './emergency.ts';
import { keepEvidence } from './evidence.ts';
import { Host, type ManyPeer } from './hosts.ts';
import type { ManagedProcess } from './managed-process.ts';
import { nextLabName } from './names.ts';
import { addNamespace, address, addressManyPeers, joinByVeth, knowNeighbour } from './network.ts';
import { Pinger, type PingTarget } from './pinger.ts';
import { Relay, type RelayOptions } from './relay.ts';
import { requireLab } from './requirements.ts';
import { cleanStaleLabs, KEEP_FILE } from './stale.ts';

export interface LabOptions {
  /** What the evidence is called; default the lab's own name. */
  readonly title?: string;
  /** A TUN relay in place of a veth pair: delay, loss, and a hand on single packets. */
  readonly relay?: RelayOptions;
  /** Peers besides the pair, each an address at sun with inner addresses of its own. */
  readonly manyPeers?: number;
}

/** How a lab ends. */
export interface CloseOptions {
  /** Keeps the files as evidence. */
  readonly hasFailed?: boolean;
  /** Leaves namespaces, charons and files for a look by hand. */
  readonly leaveStanding?: boolean;
}

const PROCESSES_MAX = 500;
/** How long charon may take over saying its SAs for the evidence. */
const LAST_WORDS_MS = 2_000;

export class Lab {
  /** `ay<pid>-<number>`: all that the lab makes in the system is named after it. */
  readonly name: string;
  readonly title: string;
  /** Temporary directory with all files of the lab. */
  readonly dir: string;
  readonly moon: Host;
  readonly sun: Host;
  /** The many peers, in the order of their names. */
  peers: readonly ManyPeer[] = [];
  private wire: Relay | undefined;
  /** By label of the host. */
  private readonly charons = new Map<string, Charon>();
  private readonly sidecars: Afteryou[] = [];
  private readonly captures: Capture[] = [];
  private readonly processes = new Set<ManagedProcess>();
  private readonly moreNamespaces: string[] = [];
  private readonly stopListening: () => void;
  private closing: Promise<string | undefined> | undefined;

  private constructor(title: string | undefined) {
    this.name = nextLabName();
    this.title = title ?? this.name;
    this.dir = mkdtempSync(join(tmpdir(), `${this.name}-`));
    this.moon = new Host('moon', `${this.name}-moon`);
    this.sun = new Host('sun', `${this.name}-sun`);
    this.stopListening = onEmergency(() => this.takeDownNow());
  }

  /** Makes the namespaces, joins and addresses them. @throws Error when this machine can't hold a lab */
  static async create(options: LabOptions = {}): Promise<Lab> {
    await requireLab();
    await cleanStaleLabs();
    const lab = new Lab(options.title);
    try {
      await lab.build(options);
      return lab;
    } catch (error) {
      await lab.close();
      throw error;
    }
  }

  /** The wire's relay. @throws Error when the lab has a veth pair */
  get relay(): Relay {
    if (this.wire === undefined) throw new Error('this lab has no relay: create it with { relay: {} }');
    return this.wire;
  }

  /** Starts a charon at a host; a host has one at most. */
  async charon(host: Host, options: CharonOptions = {}): Promise<Charon> {
    if (this.charons.has(host.label)) throw new Error(`${host.label} has a charon already`);
    const charon = new Charon(host, { labDir: this.dir, track: this.track }, options);
    this.charons.set(host.label, charon);
    await charon.start();
    return charon;
  }

  /** Starts afteryou beside the charon of a host. */
  async afteryou(charon: Charon, options: AfteryouOptions): Promise<Afteryou> {
    const place = { labDir: this.dir, viciSocket: charon.viciSocket, track: this.track };
    const sidecar = new Afteryou(charon.host, place, options);
    this.sidecars.push(sidecar);
    await sidecar.start();
    return sidecar;
  }

  /** Captures IKE and ESP at a host from now on. */
  async capture(host: Host): Promise<Capture> {
    const pcapFile = join(this.dir, `${host.name}-${this.captures.length + 1}.pcap`);
    const capture = await Capture.start(
      host,
      host === this.moon ? this.sun : this.moon,
      pcapFile,
      this.track,
    );
    this.captures.push(capture);
    return capture;
  }

  /** Makes another network namespace, which goes with the lab, and returns its name. */
  async namespace(role: string): Promise<string> {
    const netns = `${this.name}-${role}`;
    this.moreNamespaces.push(netns);
    await addNamespace({ netns });
    return netns;
  }

  /** Starts a ping at a host. */
  ping(host: Host, target: PingTarget): Promise<Pinger> {
    return Pinger.start(host, target, this.track);
  }

  /**
   * Ends everything that was started and removes all traces; a second call waits for the first.
   * Returns where the files are, if they were kept.
   */
  close(options: CloseOptions = {}): Promise<string | undefined> {
    this.closing ??= this.takeDown(options);
    return this.closing;
  }

  private async build(options: LabOptions): Promise<void> {
    const { moon, sun } = this;
    // Not at the same time: the first one ever on a machine also sets up /run/netns.
    await addNamespace(moon);
    await addNamespace(sun);
    if (options.relay === undefined) {
      await joinByVeth(moon, sun);
    } else {
      this.wire = await Relay.start(moon, sun, options.relay, join(this.dir, 'relay.log'), this.track);
      writeFileSync(join(this.dir, 'relay.json'), JSON.stringify(options.relay));
    }
    await Promise.all([address(moon), address(sun)]);
    if (this.wire === undefined) await Promise.all([knowNeighbour(moon, sun), knowNeighbour(sun, moon)]);
    if (options.manyPeers !== undefined) this.peers = await addressManyPeers(moon, sun, options.manyPeers);
  }

  private async takeDown(options: CloseOptions): Promise<string | undefined> {
    if (options.leaveStanding === true) return this.leaveStanding();
    if (options.hasFailed === true) await this.writeLastWords();
    await Promise.all(this.captures.map((capture) => capture.stop().catch(() => undefined)));
    await Promise.all([...this.processes].map((process) => process.stop('SIGKILL')));
    await Promise.all(this.namespaces().map((netns) => tryRun(['ip', 'netns', 'del', netns])));
    for (const sidecar of this.sidecars) sidecar.saveLog();
    const evidence = options.hasFailed === true ? keepEvidence(this.dir, this.title) : undefined;
    rmSync(this.dir, { recursive: true, force: true });
    this.stopListening();
    return evidence;
  }

  private async leaveStanding(): Promise<string> {
    await this.wire?.command('stay');
    writeFileSync(
      join(this.dir, KEEP_FILE),
      'Remove this directory: the next lab then takes down the rest.\n',
    );
    for (const process of this.processes) process.leave();
    for (const sidecar of this.sidecars) sidecar.saveLog();
    this.stopListening();
    return this.dir;
  }

  private async writeLastWords(): Promise<void> {
    for (const [name, charon] of this.charons) {
      const list = ['swanctl', '--list-sas', '--uri', `unix://${charon.viciSocket}`];
      const { stdout, stderr } = await tryRun(list, { timeoutMs: LAST_WORDS_MS });
      writeFileSync(join(this.dir, name, 'sas.txt'), stdout === '' ? stderr : stdout);
    }
  }

  private readonly track = (process: ManagedProcess): void => {
    if (this.closing !== undefined) process.signal('SIGKILL');
    if (this.processes.size >= PROCESSES_MAX)
      throw new Error(`more than ${PROCESSES_MAX} processes in one lab`);
    this.processes.add(process);
    void process.exited.then(() => this.processes.delete(process));
  };

  private namespaces(): string[] {
    return [this.moon.netns, this.sun.netns, ...this.moreNamespaces];
  }

  /** The way down when nobody can wait: see emergency.ts. */
  private takeDownNow(): void {
    for (const process of this.processes) process.signal('SIGKILL');
    for (const netns of this.namespaces()) {
      // A process that has been started but not tracked yet is inside too.
      const pids = spawnSync('ip', ['netns', 'pids', netns], { encoding: 'utf8' }).stdout.match(/\d+/g) ?? [];
      if (pids.length > 0) spawnSync('kill', ['-KILL', ...pids]);
      spawnSync('ip', ['netns', 'del', netns]);
    }
    // What has just been killed may still write.
    rmSync(this.dir, { recursive: true, force: true, maxRetries: 20, retryDelay: 50 });
  }
}
