/**
 * The two ends of a cell of the matrix: moon with afteryou, sun as the other end of every trial.
 *
 * At sun one charon is many peers of several kinds: plain strongSwan with each `unique` policy, and peers that a second
 * afteryou takes care of. Knows how to have either end call, delete or rekey for all trials at once; what for, the
 * scenarios know.
 */
import { ControlClient } from '../../../src/control/client.ts';
import { TunnelWatch } from '../crossings/tunnel-watch.ts';
import type { Afteryou, ConfigSection } from '../lab/afteryou.ts';
import type { Charon } from '../lab/charon.ts';
import type { HostName } from '../lab/hosts.ts';
import type { IkeSa } from '../lab/ike-sas.ts';
import type { Lab } from '../lab/lab.ts';
import type { Relay } from '../lab/relay.ts';
import type { Settings } from '../lab/settings-text.ts';
import { withSession } from '../lab/vici-calls.ts';
import { within } from '../lab/wait.ts';
import { statusOf } from '../sidecar/daemon.ts';
import { type ConnectionChoice, connectionAtMoon, connectionAtSun, type Trial } from './trials.ts';

/** What a cell asks of its ends. */
export interface EndsOptions extends ConnectionChoice {
  readonly trials: readonly Trial[];
  /** Root trees of the charons; null: the machine's own. */
  readonly roots: Readonly<Record<HostName, string | null>>;
  /** Over the settings of the one service, at both afteryous. */
  readonly service: ConfigSection;
  readonly charon: Settings;
}

/** A command of charon's VICI with its message, for `everywhere`. */
interface Said {
  readonly command: 'initiate' | 'terminate' | 'rekey';
  readonly message: Readonly<Record<string, string | number | boolean>>;
}

const ATTACHED_WITHIN_MS = 30_000;

export class Ends {
  readonly lab: Lab;
  readonly moon: Charon;
  readonly sun: Charon;
  readonly ours: Afteryou;
  /** Absent when no trial is of the kind `afteryou`. */
  readonly theirs: Afteryou | undefined;
  readonly atMoon: TunnelWatch;
  atSun: TunnelWatch;
  readonly options: EndsOptions;

  private constructor(
    lab: Lab,
    options: EndsOptions,
    charons: readonly [Charon, Charon],
    watches: readonly [TunnelWatch, TunnelWatch],
    sidecars: readonly [Afteryou, Afteryou | undefined],
  ) {
    this.lab = lab;
    this.options = options;
    [this.moon, this.sun] = charons;
    [this.atMoon, this.atSun] = watches;
    [this.ours, this.theirs] = sidecars;
  }

  /** Starts both charons and the sidecars. Nobody has called yet. */
  static async start(lab: Lab, options: EndsOptions): Promise<Ends> {
    // A trial is a peer with an address of its own, but all of them come at once: that is no flood.
    const settings: Settings = { dos_protection: false, ...options.charon };
    const [moon, sun] = await Promise.all([
      lab.charon(lab.moon, { settings, root: options.roots.moon }),
      lab.charon(lab.sun, { settings, root: options.roots.sun }),
    ]);
    await Promise.all([
      moon.load(options.trials.map((trial) => connectionAtMoon(lab, trial, options))),
      sun.load(options.trials.map((trial) => connectionAtSun(lab, trial, options))),
    ]);
    const watches = await Promise.all([TunnelWatch.start(moon), TunnelWatch.start(sun)]);
    const ours = await lab.afteryou(moon, { config: config(options.service, '*'), name: 'afteryou-moon' });
    const mirrored = options.trials.filter(isMirrored).map(({ peer }) => peer.name);
    const theirs =
      mirrored.length === 0
        ? undefined
        : await lab.afteryou(sun, { config: config(options.service, mirrored), name: 'afteryou-sun' });
    const ends = new Ends(lab, options, [moon, sun], watches, [ours, theirs]);
    await ends.untilAttached();
    return ends;
  }

  get relay(): Relay {
    return this.lab.relay;
  }

  get names(): string[] {
    return this.options.trials.map(({ peer }) => peer.name);
  }

  get count(): number {
    return this.options.trials.length;
  }

  /** Our end calls every peer, as an operator would have it. */
  async weCall(): Promise<void> {
    await initiateAll(this.ours);
  }

  /** Every peer calls us: plain ones by charon's `initiate`, the others by their sidecar. */
  async theyCall(): Promise<void> {
    const plain = this.options.trials.filter((trial) => !isMirrored(trial));
    await Promise.all([
      this.initiate(
        this.sun,
        plain.map(({ peer }) => peer.name),
      ),
      this.theirs === undefined ? undefined : initiateAll(this.theirs),
    ]);
  }

  /** Both sidecars see their charon, with the connections that are theirs: a charon that has just started may still lack them. */
  async untilAttached(): Promise<void> {
    await untilKnows(this.ours, this.count);
    if (this.theirs) await untilKnows(this.theirs, this.options.trials.filter(isMirrored).length);
  }

  /** Waits until a charon has `count` IKE_SAs that are up and that `fits`; says whether that came true. */
  async established(
    charon: Charon,
    fits: (sa: IkeSa) => boolean,
    count: number = this.count,
    ms = 10_000,
  ): Promise<boolean> {
    return await came(
      within(ms, `${count} IKE_SAs at ${charon.host.name}`, async () => {
        const sas = await charon.sas();
        return sas.filter((sa) => sa.state === 'ESTABLISHED' && fits(sa)).length >= count;
      }),
    );
  }

  /** Waits until none of `former` is up at a charon; says whether that came true. */
  async gone(charon: Charon, former: readonly IkeSa[], ms = 10_000): Promise<boolean> {
    const ids = new Set(former.map(({ id }) => id));
    return await came(
      within(ms, `no former IKE_SA at ${charon.host.name}`, async () => {
        return (await charon.sas()).every(({ id, state }) => !ids.has(id) || state !== 'ESTABLISHED');
      }),
    );
  }

  /** One tunnel per trial, started by us. */
  async weAreUp(): Promise<void> {
    await this.weCall();
    const { children } = this.options;
    for (const charon of [this.moon, this.sun]) {
      await this.established(charon, (sa) => sa.children.length === children.length);
    }
  }

  /** charon's `initiate` of a child for every trial (or `names`), whatever the sidecars think. */
  async initiate(charon: Charon, names: readonly string[] = this.names, child?: string): Promise<void> {
    const children = child === undefined ? this.options.children : [child];
    const said = names.flatMap((ike) =>
      children.map((name): Said => ({ command: 'initiate', message: { ike, child: name, timeout: -1 } })),
    );
    await everywhere(charon, said);
  }

  /** Deletes what `select` picks from each IKE_SA of a trial, as an operator would do it with swanctl. */
  async terminate(
    charon: Charon,
    select: (sa: IkeSa) => Readonly<Record<string, string>> | null,
  ): Promise<void> {
    const sas = await charon.sas();
    const picked = sas.map((sa) => (this.names.includes(sa.name) ? select(sa) : null));
    await everywhere(
      charon,
      picked
        .filter((one) => one !== null)
        .map((message): Said => ({ command: 'terminate', message: { ...message, timeout: -1 } })),
    );
  }

  /** Rekeys, or reauthenticates, the IKE_SAs that `fits`. */
  async rekeyIke(charon: Charon, fits: (sa: IkeSa) => boolean, reauth = false): Promise<void> {
    const sas = (await charon.sas()).filter((sa) => this.names.includes(sa.name) && fits(sa));
    await everywhere(
      charon,
      sas.map((sa): Said => ({ command: 'rekey', message: { 'ike-id': sa.id, reauth } })),
    );
  }

  /** The peers' charon dies without a word and is back at once. */
  async sunRestarts(): Promise<void> {
    await this.sun.kill();
    await this.sunBoots();
  }

  async sunBoots(): Promise<void> {
    await this.sun.start();
    this.atSun.stop();
    this.atSun = await TunnelWatch.start(this.sun);
    await this.sun.loadAgain();
    await this.untilAttached();
  }

  /** The trials in which our sidecar has deleted a leftover. */
  async sweptByUs(): Promise<Set<string>> {
    const { peers } = await statusOf(this.ours);
    return new Set(
      peers.flatMap(({ connection, counters }) => (counters.swept > 0 ? [connection ?? ''] : [])),
    );
  }

  stop(): void {
    this.atMoon.stop();
    this.atSun.stop();
  }
}

function isMirrored({ kind }: Trial): boolean {
  return kind === 'afteryou';
}

async function untilKnows(sidecar: Afteryou, count: number): Promise<void> {
  await within(ATTACHED_WITHIN_MS, `afteryou is attached to charon with ${count} peers`, async (saw) => {
    const { charon, peers } = await statusOf(sidecar);
    const known = peers.filter(({ state }) => state !== 'unconfigured');
    return charon.attached && saw(known.length) === count;
  });
}

/** Whether the wait came to a good end. */
export function came(waiting: Promise<unknown>): Promise<boolean> {
  return waiting.then(
    () => true,
    () => false,
  );
}

async function everywhere(charon: Charon, said: readonly Said[]): Promise<void> {
  await withSession(charon.viciSocket, async (session) => {
    for (const { command, message } of said) await session.request(command, message).catch(() => undefined);
  });
}

async function initiateAll(sidecar: Afteryou): Promise<void> {
  const client = await ControlClient.connect(sidecar.controlSocket);
  await client.operate('initiate', { all: true });
  client.close();
}

function config(service: ConfigSection, connections: '*' | readonly string[]): ConfigSection {
  return {
    laboratory: true,
    services: { all: { connections, ...service } },
    limits: { 'max-initiations-per-second': 10_000 },
    log: { format: 'text' },
  };
}
