/**
 * A hub with very many peers: moon, and sun with an address for each of them; both ends' charons, and what the hub's
 * charon tells. Knows how to bring it all to a beginning again, not what is measured.
 */
import { resolve } from 'node:path';
import { initiate, type MessageCursor, readUpdown, Session, stats } from '../../src/vici/index.ts';
import type { Afteryou, ConfigSection } from '../../test/netns/lab/afteryou.ts';
import type { Charon } from '../../test/netns/lab/charon.ts';
import { connectionOfPeer, connectionToPeer } from '../../test/netns/lab/connection.ts';
import type { ManyPeer } from '../../test/netns/lab/hosts.ts';
import { Lab } from '../../test/netns/lab/lab.ts';
import { merge, type Settings } from '../../test/netns/lab/settings-text.ts';
import { twoCharons } from '../../test/netns/lab/two-charons.ts';
import { within } from '../../test/netns/lab/wait.ts';
import { notesFile, Usage } from './probe.ts';

export interface HubOptions {
  readonly title: string;
  readonly peers: number;
  /** Over the options of the hub's charon. */
  readonly settings?: Settings;
  /** Of all connections, at both ends. */
  readonly connection?: Settings;
  /** The sidecar notes the order of turns, which costs time. */
  readonly isOrderNoted?: boolean;
}

/** What charon does by itself when nobody sets anything: the lab's own are for small tests. */
const CHARON_DEFAULTS: Settings = {
  retransmit_tries: null,
  retransmit_timeout: null,
  retransmit_base: null,
  filelog: { file: { default: 0 } },
};

const ALL_UP_WITHIN_MS = 120_000;
const STATS_EVERY_MS = 100;
const SESSION = { timeoutMs: 60_000, maxLateAnswers: 1_000 } as const;

/** No limit that a thousand peers could meet; what R15 costs is measured by itself. */
export const UNLIMITED = { 'max-initiations-per-second': 10_000, 'max-half-open': 100_000 } as const;

export class Hub {
  readonly lab: Lab;
  readonly moon: Charon;
  readonly sun: Charon;
  readonly #options: HubOptions;

  private constructor(lab: Lab, moon: Charon, sun: Charon, options: HubOptions) {
    this.lab = lab;
    this.moon = moon;
    this.sun = sun;
    this.#options = options;
  }

  /** Has `use` work with a hub and takes it down afterwards. */
  static async with<T>(options: HubOptions, use: (hub: Hub) => Promise<T>): Promise<T> {
    const lab = await Lab.create({ title: `scale-${options.title}`, manyPeers: options.peers });
    try {
      const { moon, sun } = await twoCharons(lab, {
        // sun is a thousand machines in the world and one here: it isn't what is measured.
        moonCharon: { settings: merge(CHARON_DEFAULTS, options.settings ?? {}) },
        sunCharon: {
          settings: merge(CHARON_DEFAULTS, {
            reuse_ikesa: false,
            ikesa_table_size: 4_096,
            ikesa_table_segments: 16,
          }),
        },
        connection: { settings: options.connection ?? {} },
      });
      return await use(new Hub(lab, moon, sun, options));
    } finally {
      await lab.close();
    }
  }

  get peers(): readonly ManyPeer[] {
    return this.lab.peers;
  }

  /** Loads the connections of these peers at the hub. */
  load(peers: readonly ManyPeer[]): Promise<void> {
    const settings = this.#options.connection ?? {};
    return this.moon.load(peers.map((peer) => connectionToPeer(this.lab.moon, peer, { settings })));
  }

  /** Loads them at sun. */
  loadSun(): Promise<void> {
    const settings = this.#options.connection ?? {};
    return this.sun.load(this.peers.map((peer) => connectionOfPeer(this.lab.moon, peer, { settings })));
  }

  /** Both charons anew, with their connections and no SA. */
  async clear(): Promise<void> {
    await Promise.all([this.moon.restart('SIGKILL'), this.sun.restart('SIGKILL')]);
  }

  /** Starts afteryou with a stop-watch; `service` are keys of the one service, `config` those of the file. */
  async sidecar(service: ConfigSection, config: ConfigSection = {}): Promise<Afteryou> {
    const isOrderNoted = this.#options.isOrderNoted === true;
    return await this.lab.afteryou(this.moon, {
      config: {
        laboratory: true,
        limits: UNLIMITED,
        services: { all: { connections: '*', ...service } },
        ...config,
      },
      env: {
        // As afteryou.service has it.
        MALLOC_ARENA_MAX: '1',
        AFTERYOU_NOTES: notesFile(this.lab.dir),
        AFTERYOU_NOTE_ORDER: isOrderNoted ? '1' : '0',
      },
    });
  }

  /** From now on: a function that says how much processor time both charons have used since, in ms. */
  usage(): () => number {
    const moon = new Usage(this.moon.process);
    const sun = new Usage(this.sun.process);
    return () => moon.take().cpuMs + sun.take().cpuMs;
  }

  /** @param alsoTold events that charon is to tell of and that are passed over */
  watch(alsoTold: readonly string[] = []): Promise<Watch> {
    return Watch.start(this.moon, this.peers.length, alsoTold);
  }
}

/** Runs `use` with the bundle that ships, without a stop-watch, in place of the probed sidecar. */
export async function asShipped<T>(use: () => Promise<T>): Promise<T> {
  const probed = process.env['AFTERYOU_EXECUTABLE'];
  process.env['AFTERYOU_EXECUTABLE'] = resolve('dist/afteryou.js');
  try {
    return await use();
  } finally {
    process.env['AFTERYOU_EXECUTABLE'] = probed;
  }
}

/** Initiates all, one after the other over one connection, as quickly as charon takes them: what nobody can beat. */
export async function bareLoop(
  charon: Charon,
  peers: readonly ManyPeer[],
): Promise<{ readonly firedMs: number }> {
  const session = await Session.connect(charon.viciSocket, SESSION);
  try {
    const startMs = performance.now();
    for (const { name } of peers) await initiate(session, { ike: name, child: 'net' });
    return { firedMs: performance.now() - startMs };
  } finally {
    session.close();
  }
}

/** What the hub's charon tells while something goes on: which peers have a child up, and how many IKE_SAs are half-open. */
export class Watch {
  readonly up: Set<string> = new Set();
  /** Wall clock of the moment when the last peer came up. */
  lastUpMs = 0;
  halfOpenMost = 0;
  workersIdleLeast = Number.POSITIVE_INFINITY;
  readonly #events: Session;
  readonly #questions: Session;
  readonly #timer: NodeJS.Timeout;
  readonly #peers: number;
  #isAsking = false;

  private constructor(events: Session, questions: Session, peers: number) {
    this.#events = events;
    this.#questions = questions;
    this.#peers = peers;
    this.#timer = setInterval(() => void this.#ask(), STATS_EVERY_MS);
  }

  static async start(charon: Charon, peers: number, alsoTold: readonly string[]): Promise<Watch> {
    const [events, questions] = await Promise.all([
      Session.connect(charon.viciSocket, SESSION),
      Session.connect(charon.viciSocket, SESSION),
    ]);
    const watch = new Watch(events, questions, peers);
    await events.subscribe(['child-updown'], (_name, body) => watch.#seen(body));
    if (alsoTold.length > 0) await questions.subscribe(alsoTold, () => undefined);
    return watch;
  }

  async untilUp(count: number = this.#peers, ms: number = ALL_UP_WITHIN_MS): Promise<void> {
    await within(ms, `${count} peers up`, (saw) => saw(this.up.size) >= count);
  }

  async untilDown(count: number, ms: number = ALL_UP_WITHIN_MS): Promise<void> {
    await within(ms, `at most ${count} peers up`, (saw) => saw(this.up.size) <= count);
  }

  stop(): void {
    clearInterval(this.#timer);
    this.#events.close();
    this.#questions.close();
  }

  #seen(body: MessageCursor): void {
    const { isUp, ikeSa } = readUpdown(body);
    if (isUp) {
      this.up.add(ikeSa.name);
      this.lastUpMs = performance.timeOrigin + performance.now();
    } else this.up.delete(ikeSa.name);
  }

  async #ask(): Promise<void> {
    if (this.#isAsking || !this.#questions.isOpen) return;
    this.#isAsking = true;
    try {
      const { ikeSas, workers } = await stats(this.#questions);
      this.halfOpenMost = Math.max(this.halfOpenMost, ikeSas.halfOpen);
      this.workersIdleLeast = Math.min(this.workersIdleLeast, workers.idle);
    } catch {
      // charon has gone away, as it is meant to: there is nothing to count.
    } finally {
      this.#isAsking = false;
    }
  }
}
