/**
 * What every fault begins and ends with: peers whose tunnels carry pings, watched all the while, and the account of them.
 *
 * Half of the tunnels were started by the peer, half by the sidecar. Knows nothing of faults.
 */
import { onTestFinished } from 'vitest';

import { look } from '../crossings/one-tunnel.ts';
import { TunnelWatch } from '../crossings/tunnel-watch.ts';
import type { Afteryou, ConfigSection } from '../lab/afteryou.ts';
import type { Charon } from '../lab/charon.ts';
import type { ManyPeer } from '../lab/hosts.ts';
import { type IkeSa, spis } from '../lab/ike-sas.ts';
import type { Lab } from '../lab/lab.ts';
import type { Pinger } from '../lab/pinger.ts';
import { type TwoCharonsOptions, twoCharons } from '../lab/two-charons.ts';
import { within } from '../lab/wait.ts';
import { asking, shortConfig, statusOf, untilAttached } from '../sidecar/daemon.ts';
import type { FaultRow } from './fault.ts';

export interface GroundOptions {
  /** How many peers carry pings and are left alone; the others are for the fault to play with. Default all. */
  readonly kept?: number;
  readonly service?: ConfigSection;
  readonly config?: ConfigSection;
  readonly env?: Readonly<Record<string, string>>;
  readonly charons?: TwoCharonsOptions;
  /** False: a charon will die, so that its tunnels go, and come back as others. */
  readonly isSame?: boolean;
  /** False: charon, which carries the packets of the lab, stands still for a while. */
  readonly isPingCounted?: boolean;
}

/** The rest of a row, which only the fault can know. */
export type Told = Pick<FaultRow, 'done' | 'times' | 'saw'>;

const ALL_UP_WITHIN_MS = 60_000;
const PING_INTERVAL_MS = 200;
const MEMORY_EVERY_MS = 50;
/** Of log lines. */
const TIMES = /\d{4}-\d\d-\d\dT[\d:.]+Z /g;
const POLL = { pollMs: 100 };

export class Ground {
  readonly lab: Lab;
  readonly moon: Charon;
  readonly sun: Charon;
  readonly daemon: Afteryou;
  /** Those that are left alone. */
  readonly kept: readonly ManyPeer[];
  /** Those that the fault may play with. */
  readonly others: readonly ManyPeer[];
  readonly #options: GroundOptions;
  #watches: readonly TunnelWatch[] = [];
  #pingers: readonly Pinger[] = [];
  #before: ReadonlyMap<string, string> = new Map();
  #startKib = 0;
  #peakKib = 0;

  private constructor(lab: Lab, ends: readonly [Charon, Charon, Afteryou], options: GroundOptions) {
    this.lab = lab;
    [this.moon, this.sun, this.daemon] = ends;
    this.#options = options;
    this.kept = lab.peers.slice(0, options.kept ?? lab.peers.length);
    this.others = lab.peers.slice(this.kept.length);
  }

  /** Starts all, and waits until every peer has one tunnel and pings go through. */
  static async start(lab: Lab, options: GroundOptions = {}): Promise<Ground> {
    const { moon, sun } = await twoCharons(lab, {
      charon: { settings: { retransmit_tries: 6 } },
      ...options.charons,
    });
    const daemon = await lab.afteryou(moon, {
      config: shortConfig({
        service: { 'responder-mode-duration': 3, ...options.service },
        config: { limits: { 'max-initiations-per-second': 10_000 }, ...options.config },
      }),
      ...(options.env === undefined ? {} : { env: options.env }),
    });
    await untilAttached(daemon);
    const ground = new Ground(lab, [moon, sun, daemon], options);
    await ground.#begin();
    return ground;
  }

  /** Has the peers of these names call. */
  theyCall(names: readonly string[]): Promise<void> {
    return this.sun.initiateAll(names.map((ike) => ({ ike })));
  }

  /** Has the sidecar do this with each of these peers, as an operator would. */
  async operate(action: 'pause' | 'resume' | 'initiate', names: readonly string[]): Promise<void> {
    await asking(this.daemon, async (client) => {
      for (const peer of names) await client.operate(action, { peer });
    });
  }

  /** Has the peers of these names end their tunnels, and waits until neither end has one. */
  async theyEnd(names: readonly string[]): Promise<void> {
    for (const ike of names) await this.sun.terminate({ ike });
    await within(
      10_000,
      `no tunnel of ${names.join(' ')}`,
      async (saw) => {
        const all = (await Promise.all([this.moon.sas(), this.sun.sas()])).flat();
        return (
          saw(all.filter(({ name }) => names.includes(name)).map(({ name, state }) => `${name} ${state}`))
            .length === 0
        );
      },
      POLL,
    );
  }

  /** Waits until every peer has exactly one tunnel, the same at both ends, and the sidecar says so. */
  async untilAllUp(ms: number = ALL_UP_WITHIN_MS): Promise<void> {
    const names = this.lab.peers.map(({ name }) => name);
    await within(
      ms,
      'one tunnel for each peer',
      async (saw) => {
        const found = await look(names, this.moon, this.sun);
        return saw([...found].filter(([, wrong]) => wrong !== null)).length === 0;
      },
      POLL,
    );
    await within(
      ms,
      'every peer is up in the words of the sidecar',
      async (saw) => {
        const { peers, charon } = await statusOf(this.daemon);
        const rest = saw(
          peers.filter(({ state }) => state !== 'up').map(({ peer, state }) => `${peer} ${state}`),
        );
        return charon.attached && peers.length === names.length && rest.length === 0;
      },
      POLL,
    );
  }

  /** More echoes are answered, by each of the peers that are left alone. */
  async untilMoreEchoes(count: number = 3, ms: number = 15_000): Promise<void> {
    const before = this.#pingers.map(({ received }) => received);
    await within(ms, `${count} more echoes from each peer`, (saw) => {
      return saw(this.#pingers.map(({ received }, at) => received - (before[at] ?? 0))).every(
        (more) => more >= count,
      );
    });
  }

  /** Waits until all are up once more, and says what has become of the tunnels. */
  async row(told: Told): Promise<FaultRow> {
    await this.untilAllUp();
    await this.untilMoreEchoes();
    const results = await Promise.all(this.#pingers.map((pinger) => pinger.stop()));
    const [atMoon, atSun] = await Promise.all([this.moon.sas(), this.sun.sas()]);
    const after = byName(atMoon);
    const { isSame = true, isPingCounted: isCounted = true } = this.#options;
    const lost = this.kept.filter(({ name }) => {
      const spisNow = after.get(name)?.map(spis).join(' ');
      return isSame
        ? spisNow !== this.#before.get(name) || this.#watches.some((watch) => watch.gaps(name).length > 0)
        : spisNow === undefined;
    });
    return {
      ...told,
      saw: told.saw.replaceAll(`${this.lab.dir}/`, '').replaceAll(TIMES, ''),
      tunnels: this.kept.length,
      lost: lost.length,
      duplicates: [...after.values(), ...byName(atSun).values()].reduce(
        (sum, sas) => sum + sas.length - 1,
        0,
      ),
      echoes: results.reduce((sum, { sent }) => sum + sent, 0),
      echoesLost: results.reduce((sum, { lost: gone }) => sum + gone.length, 0),
      silentMs: isCounted ? Math.max(...results.map(({ longestGapMs }) => longestGapMs)) : null,
      startKib: this.#startKib,
      peakKib: this.#peakKib,
    };
  }

  async #begin(): Promise<void> {
    if (this.#options.isSame ?? true) {
      this.#watches = await Promise.all([TunnelWatch.start(this.moon), TunnelWatch.start(this.sun)]);
      onTestFinished(() => {
        for (const watch of this.#watches) watch.stop();
      });
    }
    const names = this.lab.peers.map(({ name }) => name);
    await Promise.all([
      this.theyCall(names.filter((_, at) => at % 2 === 0)),
      this.operate(
        'initiate',
        names.filter((_, at) => at % 2 === 1),
      ),
    ]);
    await this.untilAllUp();
    this.#before = new Map(
      [...byName(await this.moon.sas())].map(([name, sas]) => [name, sas.map(spis).join(' ')]),
    );
    this.#pingers = await Promise.all(
      this.kept.map(({ innerMoon, innerSun }) => {
        const target = { source: innerMoon, destination: innerSun, intervalMs: PING_INTERVAL_MS };
        return this.lab.ping(this.lab.moon, target);
      }),
    );
    await this.untilMoreEchoes();
    this.#startKib = this.daemon.process.rssKib();
    this.#watchMemory();
  }

  #watchMemory(): void {
    const timer = setInterval(() => {
      try {
        this.#peakKib = Math.max(this.#peakKib, this.daemon.process.rssKib());
      } catch {
        // It isn't running just now.
      }
    }, MEMORY_EVERY_MS);
    onTestFinished(() => clearInterval(timer));
  }
}

/** IKE_SAs of connections. charon's leftovers go by themselves: half-open ones without a name, and childless ones in DELETING. */
function byName(sas: readonly IkeSa[]): Map<string, IkeSa[]> {
  const found = new Map<string, IkeSa[]>();
  for (const sa of sas) {
    const isLeftover = sa.name === '(unnamed)' || (sa.state === 'DELETING' && sa.children.length === 0);
    if (!isLeftover) found.set(sa.name, [...(found.get(sa.name) ?? []), sa]);
  }
  return found;
}
