/**
 * Limits: those of R15, held on a real charon with peers that never answer; and how charon's own settings tell.
 */

import { silence } from '../../test/netns/lab/firewall.ts';
import type { Settings } from '../../test/netns/lab/settings-text.ts';
import { during, type Figures, percentile, spread } from './figures.ts';
import { bareLoop, Hub } from './hub.ts';
import type { Notes } from './notes.ts';
import { Usage } from './probe.ts';
import type { ScaleOptions } from './scenario.ts';
import { prefixed, rest, seen, wallMs } from './storms.ts';

/** Fewer than what a thousand peers would want: all have to wait. */
const PER_SECOND = 50;
const HALF_OPEN = 150;
const PACED_MS = 60_000;

/** Nobody answers, and nothing is set: the limits and modes that everybody has. */
export async function defaults({ peers, settings }: ScaleOptions): Promise<Figures> {
  return await Hub.with({ title: 'defaults', peers, settings }, async (hub) => {
    await silence(hub.lab.moon, hub.lab.sun);
    const sidecar = await hub.sidecar({}, { limits: {} });
    const watch = await hub.watch();
    const { figures, notes } = await during(sidecar, hub.lab.dir, () => rest(PACED_MS));
    watch.stop();
    return { ...figures, ...seen(watch), ...paced(notes), limitPerSecond: 100, limitHalfOpen: 500 };
  });
}

/** Nobody answers and the limits are low: they hold, the order is that of the deadlines, everybody has turns. */
export async function pacing({ peers, settings }: ScaleOptions): Promise<Figures> {
  return await Hub.with({ title: 'pacing', peers, settings, isOrderNoted: true }, async (hub) => {
    await silence(hub.lab.moon, hub.lab.sun);
    const sidecar = await hub.sidecar(
      { 'responder-mode-duration': 4, 'initiator-mode-duration': 5 },
      { limits: { 'max-initiations-per-second': PER_SECOND, 'max-half-open': HALF_OPEN } },
    );
    const watch = await hub.watch();
    const { figures, notes } = await during(sidecar, hub.lab.dir, () => rest(PACED_MS));
    watch.stop();
    return {
      ...figures,
      ...seen(watch),
      ...paced(notes),
      limitPerSecond: PER_SECOND,
      limitHalfOpen: HALF_OPEN,
    };
  });
}

function paced({ turns, calls }: Notes): Figures {
  const turnsOf = new Map<string, number>();
  for (const { peer } of turns) turnsOf.set(peer, (turnsOf.get(peer) ?? 0) + 1);
  const counts = [...turnsOf.values()];
  return {
    turns: turns.length,
    turnsInASecondMost: mostIn(
      1_000,
      turns.map(({ atMs }) => atMs),
    ),
    callsInASecondMost: mostIn(
      1_000,
      calls.map(({ atMs }) => atMs),
    ),
    openCallsMost: Math.max(...turns.map(({ openCalls }) => openCalls)) + 1,
    outOfOrder: turns.filter(({ isOutOfOrder }) => isOutOfOrder).length,
    peersWithTurns: counts.length,
    turnsOfAPeerLeast: percentile(counts, 0),
    turnsOfAPeerMost: percentile(counts, 1),
    ...spread(
      'waitForTurn',
      turns.map(({ lateMs }) => lateMs),
    ),
  };
}

/** The most moments that lie within any time of `lengthMs`; `atMs` in order. */
function mostIn(lengthMs: number, atMs: readonly number[]): number {
  let most = 0;
  let first = 0;
  atMs.forEach((ms, index) => {
    while (ms - (atMs[first] ?? ms) >= lengthMs) first += 1;
    most = Math.max(most, index - first + 1);
  });
  return most;
}

const TABLE = { ikesa_table_size: 1_024, ikesa_table_segments: 16 };

/** What to compare: each a change to charon's defaults. With 8 threads the one here never answered: all were taken. */
const SETTINGS: Readonly<Record<string, Settings>> = {
  defaults: {},
  table: TABLE,
  'reuse-off': { reuse_ikesa: false },
  'table-and-reuse-off': { ...TABLE, reuse_ikesa: false },
  'threads-32': { threads: 32 },
  'threads-64': { threads: 64 },
  'table-and-reuse-off-threads-32': { ...TABLE, reuse_ikesa: false, threads: 32 },
};

/** The bare loop against peers that answer and against silent ones, under different settings of the hub's charon. */
export async function tuning({ peers }: ScaleOptions): Promise<Figures> {
  let all: Figures = {};
  for (const [name, settings] of Object.entries(SETTINGS)) {
    const figures = await Hub.with({ title: `tuning-${name}`, peers, settings }, async (hub) => ({
      ...prefixed('answering', await fired(hub, true)),
      ...prefixed('silent', await fired(hub, false)),
    }));
    all = { ...all, ...prefixed(name, figures) };
  }
  return all;
}

async function fired(hub: Hub, isAnswering: boolean): Promise<Figures> {
  await hub.clear();
  const cut = isAnswering ? undefined : await silence(hub.lab.moon, hub.lab.sun);
  const watch = await hub.watch();
  const usage = new Usage(hub.moon.process);
  const startMs = wallMs();
  const { firedMs } = await bareLoop(hub.moon, hub.peers);
  if (isAnswering) await watch.untilUp();
  watch.stop();
  await cut?.lift();
  const { cpuMs, rssMiB } = usage.take();
  const took = isAnswering ? { allUpMs: watch.lastUpMs - startMs } : {};
  const { workersIdleLeast } = watch;
  return { firedMs, ...took, charonCpuMs: cpuMs, charonRssMiB: rssMiB, workersIdleLeast };
}
