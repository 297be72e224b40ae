/**
 * What a hub lives through while its tunnels are up: rest, restarts of either process, and a reload under traffic.
 */
import { ControlClient } from '../../src/control/client.ts';
import type { Afteryou, ConfigSection } from '../../test/netns/lab/afteryou.ts';
import type { ManyPeer } from '../../test/netns/lab/hosts.ts';
import { within } from '../../test/netns/lab/wait.ts';
import { during, type Figures, spread } from './figures.ts';
import { asShipped, Hub, UNLIMITED } from './hub.ts';
import type { Notes } from './notes.ts';
import { takeNotes, Usage } from './probe.ts';
import type { ScaleOptions } from './scenario.ts';
import { allUp, prefixed, rest, seen, wallMs } from './storms.ts';

const MINUTE_MS = 60_000;
/** At first the sidecar still clears up after the storm, and compiles code; days are like the last of these. */
const IDLE_FOR = [
  ['firstMinute', 1],
  ['secondMinute', 1],
  ['thirdMinute', 1],
  ['fourthMinute', 1],
  ['nextFiveMinutes', 5],
] as const;
/** After a storm, until its last timers and collections are over. */
const CALM_MS = 5_000;
const MODES = { 'responder-mode-duration': 4, 'initiator-mode-duration': 10 };
const PEER_WITHIN_MS = 60_000;
const TRAFFIC_PEERS = 4;
const MOVED_PEERS = 100;

/**
 * All up, called by it, and nothing to do: what the sidecar costs in each of the first minutes, and then. The bundle that ships, without
 * a stop-watch.
 */
export function idle(options: ScaleOptions): Promise<Figures> {
  return idleWith('idle', options, {});
}

/** The same with the listings that docs/scale.md says for 1,000 peers. */
export function idleRecommended(options: ScaleOptions): Promise<Figures> {
  return idleWith('idle-recommended', options, { charon: { 'reconcile-interval': 60 } });
}

async function idleWith(
  title: string,
  { peers, settings }: ScaleOptions,
  config: ConfigSection,
): Promise<Figures> {
  return await Hub.with({ title, peers, settings }, async (hub) => {
    const { sidecar, watch } = await asShipped(() => allUp(hub, MODES, config));
    watch.stop();
    await rest(CALM_MS);
    const figures: Figures[] = [];
    for (const [name, minutes] of IDLE_FOR) {
      const usage = new Usage(sidecar.process);
      await rest(minutes * MINUTE_MS);
      const { cpuMs, seconds, rssMiB, peakRssMiB } = usage.take();
      figures.push(prefixed(name, { cpuMs, cpuPercent: cpuMs / (seconds * 10), rssMiB, peakRssMiB }));
    }
    return Object.assign({}, ...figures) as Figures;
  });
}

/** The hub's charon is killed and started again, and its connections are loaded. */
export async function charonRestart({ peers, rounds, settings }: ScaleOptions): Promise<Figures> {
  return await Hub.with({ title: 'charon-restart', peers, settings }, async (hub) => {
    const fromSocket: number[] = [];
    const fromLoaded: number[] = [];
    const { sidecar, watch } = await allUp(hub);
    watch.stop();
    for (let round = 0; round < rounds; round++) {
      await takeNotes(sidecar, hub.lab.dir);
      await hub.moon.kill();
      await hub.moon.start();
      const answersMs = wallMs();
      await hub.moon.loadAgain();
      const loadedMs = wallMs();
      const tables = await tablesUntil(sidecar, hub, peers);
      fromSocket.push((tables[0]?.atMs ?? Number.NaN) - answersMs);
      fromLoaded.push((tables.find((table) => table.peers === peers)?.atMs ?? Number.NaN) - loadedMs);
    }
    return { ...spread('attachedAfterSocket', fromSocket), ...spread('allPeersAfterLoaded', fromLoaded) };
  });
}

/** The sidecar is killed and started again while all are up. */
export async function sidecarRestart({ peers, rounds, settings }: ScaleOptions): Promise<Figures> {
  return await Hub.with({ title: 'sidecar-restart', peers, settings }, async (hub) => {
    const took: number[] = [];
    const { sidecar, watch } = await allUp(hub);
    watch.stop();
    for (let round = 0; round < rounds; round++) {
      await rest(CALM_MS);
      await sidecar.kill();
      const startMs = wallMs();
      await sidecar.start();
      const tables = await tablesUntil(sidecar, hub, peers);
      took.push((tables.find(({ up }) => up === peers)?.atMs ?? Number.NaN) - startMs);
    }
    return spread('adoptedAfterStart', took);
  });
}

/** Tables of peers since the last notes, until one is whole. */
async function tablesUntil(sidecar: Afteryou, hub: Hub, peers: number): Promise<Notes['tables']> {
  const tables: Notes['tables'][number][] = [];
  return await within(
    PEER_WITHIN_MS,
    `a table of ${peers} peers`,
    async () => {
      tables.push(...(await takeNotes(sidecar, hub.lab.dir)).tables);
      return tables.some((table) => table.peers === peers) && tables;
    },
    { pollMs: 500 },
  );
}

/** A reload that takes 100 peers away and brings 100 others, with traffic through tunnels of both kinds that stay or go. */
export async function reload({ peers, settings }: ScaleOptions): Promise<Figures> {
  return await Hub.with({ title: 'reload', peers: peers + MOVED_PEERS, settings }, async (hub) => {
    const watch = await hub.watch();
    const sidecar = await hub.lab.afteryou(hub.moon, {
      config: configOf(hub.peers.slice(0, peers)),
      env: { AFTERYOU_NOTES: `${hub.lab.dir}/notes.json` },
    });
    await watch.untilUp(peers);
    // The first ones are to go from the list, the last ones stay; none of their tunnels may notice.
    const travellers = [
      ...hub.peers.slice(0, TRAFFIC_PEERS),
      ...hub.peers.slice(peers - TRAFFIC_PEERS, peers),
    ];
    const pingers = await Promise.all(
      travellers.map(({ innerMoon, innerSun }) =>
        hub.lab.ping(hub.lab.moon, { source: innerMoon, destination: innerSun, intervalMs: 20 }),
      ),
    );
    await within(PEER_WITHIN_MS, 'traffic', () => pingers.every(({ received }) => received >= 50));
    const client = await ControlClient.connect(sidecar.controlSocket, { timeoutMs: PEER_WITHIN_MS });
    sidecar.configure(configOf(hub.peers.slice(MOVED_PEERS)));
    const startMs = wallMs();
    let answeredMs = 0;
    let change = { added: 0, removed: 0 };
    const { figures, notes } = await during(sidecar, hub.lab.dir, async () => {
      const { added, removed } = await client.reload();
      answeredMs = wallMs() - startMs;
      change = { added: added.length, removed: removed.length };
      await watch.untilUp(peers + MOVED_PEERS);
    });
    client.close();
    watch.stop();
    const results = await Promise.all(pingers.map((pinger) => pinger.stop()));
    return {
      ...figures,
      ...seen(watch),
      ...prefixed('reload', change),
      reloadAnsweredMs: answeredMs,
      newPeersUpMs: watch.lastUpMs - startMs,
      callsMade: notes.calls.length,
      echoes: results.reduce((sum, { received }) => sum + received, 0),
      echoesLost: results.reduce((sum, { lost }) => sum + lost.length, 0),
    };
  });
}

function configOf(peers: readonly ManyPeer[]): Record<string, unknown> {
  const addresses = peers.map(({ outer }) => outer);
  return {
    laboratory: true,
    limits: { ...UNLIMITED, 'peers-per-list': 100_000 },
    'peer-lists': { branches: { family: 'ipv4', addresses } },
    services: { all: { 'peer-list': 'branches', ...MODES } },
  };
}
