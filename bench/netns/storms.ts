/**
 * What happens to all peers at once: a cold start, calls from everywhere, peers that are lost and come back.
 */

import { ControlClient } from '../../src/control/client.ts';
import { EVENTS, LOG_EVENT } from '../../src/daemon/event-news.ts';
import type { ConfigSection } from '../../test/netns/lab/afteryou.ts';
import { silence } from '../../test/netns/lab/firewall.ts';
import { during, type Figures, spread } from './figures.ts';
import { asShipped, bareLoop, Hub, UNLIMITED, type Watch } from './hub.ts';
import { Usage } from './probe.ts';
import type { ScaleOptions } from './scenario.ts';

/** Long enough for the sidecar to have attached, and short for whoever waits. */
const RESPONDER_MODE_S = 4;
const WAITED_FOR = { 'responder-mode-duration': RESPONDER_MODE_S };
const MODES = { ...WAITED_FOR, 'initiator-mode-duration': 10 };
/** All turns are given at once and charon takes them one by one: nobody's time may run out meanwhile. */
const PATIENT = { ...MODES, 'initiator-mode-duration': 60 };
/** What docs/scale.md says for 1,000 peers. */
const RECOMMENDED = { 'max-initiations-per-second': 1_000, 'max-half-open': 500 };
const WAITING = { 'responder-mode-duration': 250 };
/** Peers that are gone are noticed within some 10 s. */
const QUICK_DPD = {
  connection: { dpd_delay: '4s' },
  settings: { retransmit_tries: 2, retransmit_timeout: 1, retransmit_base: 1 },
};

/** Nobody answers: all are called, and waited for again, for some cycles. */
export async function coldSilent({ peers, settings }: ScaleOptions): Promise<Figures> {
  return await Hub.with({ title: 'cold-silent', peers, settings }, async (hub) => {
    await silence(hub.lab.moon, hub.lab.sun);
    const sidecar = await hub.sidecar(MODES);
    const watch = await hub.watch();
    const { figures, notes } = await during(sidecar, hub.lab.dir, () => rest(44_000));
    watch.stop();
    const firstRound = notes.calls.slice(0, peers);
    const fired = (firstRound.at(-1)?.atMs ?? 0) - (firstRound[0]?.atMs ?? 0);
    return { ...figures, ...seen(watch), calls: notes.calls.length, firstRoundFiredMs: fired };
  });
}

/** All answer, and nobody's limits are met: charon alone says how fast it goes. */
export function coldAnswering(options: ScaleOptions): Promise<Figures> {
  return coldStart('cold-answering', options, PATIENT, { limits: UNLIMITED });
}

/** The same with the limits and the initiator mode that everybody has: 100 calls a second. */
export function coldDefaults(options: ScaleOptions): Promise<Figures> {
  return coldStart('cold-defaults', options, WAITED_FOR, { limits: {} });
}

/** The same with what docs/scale.md says for so many peers. */
export function coldRecommended(options: ScaleOptions): Promise<Figures> {
  return coldStart('cold-recommended', options, WAITED_FOR, { limits: RECOMMENDED });
}

/**
 * By the bare loop, by one that also has charon tell it all that it tells the sidecar and passes it over, and by the sidecar, in
 * turns, on the same charons begun anew: how long it takes until all are up, and what all processes together take of the
 * processor meanwhile, which says more where the processors are the limit.
 */
async function coldStart(
  title: string,
  { peers, rounds, settings }: ScaleOptions,
  service: ConfigSection,
  config: ConfigSection,
): Promise<Figures> {
  return await Hub.with({ title, peers, settings }, async (hub) => {
    const bare: Run[] = [];
    const listening: Run[] = [];
    const ours: OurRun[] = [];
    for (let round = 0; round < rounds; round++) {
      if (round > 0) await hub.clear();
      bare.push(await bareRun(hub, []));
      await hub.clear();
      listening.push(await bareRun(hub, [...EVENTS, LOG_EVENT]));
      await hub.clear();
      ours.push(await asShipped(() => ourRun(hub, service, config)));
    }
    await hub.clear();
    const sidecar = await hub.sidecar(service, config);
    const watch = await hub.watch();
    const { figures, notes } = await during(sidecar, hub.lab.dir, () => watch.untilUp());
    watch.stop();
    return {
      ...figures,
      ...seen(watch),
      calls: notes.calls.length,
      ...spread('bareLoopAllUp', allUpMs(bare)),
      ...spread('bareLoopCpu', cpuMs(bare)),
      ...spread('listeningLoopAllUp', allUpMs(listening)),
      ...spread('listeningLoopCpu', cpuMs(listening)),
      ...spread('allUp', allUpMs(ours)),
      ...spread('allCpu', cpuMs(ours)),
      ...spread(
        'sidecarCpu',
        ours.map(({ sidecarCpuMs }) => sidecarCpuMs),
      ),
      ...spread('ratio', ratios(allUpMs(ours), allUpMs(bare))),
      ...spread('listeningLoopRatio', ratios(allUpMs(listening), allUpMs(bare))),
      ...spread('cpuRatio', ratios(cpuMs(ours), cpuMs(bare))),
      ...spread('listeningLoopCpuRatio', ratios(cpuMs(listening), cpuMs(bare))),
    };
  });
}

/** The sidecar from the moment that responder mode was to end. */
async function ourRun(hub: Hub, service: ConfigSection, config: ConfigSection): Promise<OurRun> {
  const sidecar = await hub.sidecar(service, config);
  const watch = await hub.watch();
  const usage = hub.usage();
  const own = new Usage(sidecar.process);
  await watch.untilUp();
  const sidecarCpuMs = own.take().cpuMs;
  const cpuMs = usage() + sidecarCpuMs;
  watch.stop();
  const client = await ControlClient.connect(sidecar.controlSocket);
  const { history } = await client.explain(hub.peers[0]?.name ?? '');
  client.close();
  await sidecar.stop();
  const waiting = history.findLast(({ to }) => to === 'responder-mode')?.at ?? '';
  return { allUpMs: watch.lastUpMs - (Date.parse(waiting) + RESPONDER_MODE_S * 1_000), cpuMs, sidecarCpuMs };
}

/** One cold start: until all were up, and the processor time of all that took part. */
interface Run {
  readonly allUpMs: number;
  readonly cpuMs: number;
}

/** By the sidecar; its own share from its start on, attaching included. */
interface OurRun extends Run {
  readonly sidecarCpuMs: number;
}

/** The bare loop, with charon telling of these events as well. */
async function bareRun(hub: Hub, events: readonly string[]): Promise<Run> {
  const watch = await hub.watch(events);
  const usage = hub.usage();
  const ownCpu = process.cpuUsage();
  const startMs = wallMs();
  await bareLoop(hub.moon, hub.peers);
  await watch.untilUp();
  watch.stop();
  const { user, system } = process.cpuUsage(ownCpu);
  return { allUpMs: watch.lastUpMs - startMs, cpuMs: usage() + (user + system) / 1_000 };
}

function allUpMs(runs: readonly Run[]): number[] {
  return runs.map((run) => run.allUpMs);
}

function cpuMs(runs: readonly Run[]): number[] {
  return runs.map((run) => run.cpuMs);
}

function ratios(values: readonly number[], references: readonly number[]): number[] {
  return values.map((value, round) => value / (references[round] ?? Number.NaN));
}

/** All peers call in responder mode; beside it the same without a sidecar. */
export async function allCalling({ peers, rounds, settings }: ScaleOptions): Promise<Figures> {
  return await Hub.with({ title: 'all-calling', peers, settings }, async (hub) => {
    const bare: number[] = [];
    const ours: number[] = [];
    let last: Figures = {};
    for (let round = 0; round < rounds; round++) {
      if (round > 0) await hub.clear();
      bare.push(await called(hub));
      await hub.clear();
      const sidecar = await hub.sidecar(WAITING);
      const { figures, answer } = await during(sidecar, hub.lab.dir, () => called(hub));
      ours.push(answer);
      last = figures;
      await sidecar.stop();
    }
    return {
      ...last,
      ...spread('withoutSidecarAllUp', bare),
      ...spread('allUp', ours),
      ...spread('ratio', ratios(ours, bare)),
    };
  });
}

/** From the first call of the peers until the last is up at the hub, in ms. */
async function called(hub: Hub): Promise<number> {
  const watch = await hub.watch();
  const startMs = wallMs();
  await bareLoop(hub.sun, hub.peers);
  await watch.untilUp();
  watch.stop();
  return watch.lastUpMs - startMs;
}

/** The charon of all peers is killed; when all are lost, it comes back, and they are called again. */
export async function allLost({ peers, settings }: ScaleOptions): Promise<Figures> {
  const title = 'all-lost';
  return await Hub.with(
    { ...QUICK_DPD, title, peers, settings: { ...QUICK_DPD.settings, ...settings } },
    async (hub) => {
      const { sidecar, watch } = await allUp(hub);
      const lost = await during(sidecar, hub.lab.dir, async () => {
        await hub.sun.kill();
        await watch.untilDown(0);
      });
      await hub.sun.start();
      await hub.loadSun();
      const startMs = wallMs();
      const back = await during(sidecar, hub.lab.dir, () => watch.untilUp());
      watch.stop();
      return {
        ...prefixed('lost', lost.figures),
        ...prefixed('back', back.figures),
        ...seen(watch),
        backMs: watch.lastUpMs - startMs,
      };
    },
  );
}

/** The wire to half of the peers is cut, until they are lost, and made whole again. */
export async function halfLost({ peers, settings }: ScaleOptions): Promise<Figures> {
  const title = 'half-lost';
  return await Hub.with(
    { ...QUICK_DPD, title, peers, settings: { ...QUICK_DPD.settings, ...settings } },
    async (hub) => {
      const { sidecar, watch } = await allUp(hub);
      const half = hub.peers.slice(0, Math.floor(peers / 2));
      const cut = await silence(
        hub.lab.moon,
        hub.lab.sun,
        `{ ${half.map(({ outer }) => outer).join(', ')} }`,
      );
      const lost = await during(sidecar, hub.lab.dir, () => watch.untilDown(peers - half.length));
      const others = hub.peers.slice(half.length).filter(({ name }) => watch.up.has(name)).length;
      const startMs = wallMs();
      const back = await during(sidecar, hub.lab.dir, async () => {
        await cut.lift();
        await watch.untilUp();
      });
      watch.stop();
      const isWhole = Number(others === peers - half.length);
      return {
        ...prefixed('lost', lost.figures),
        ...prefixed('back', back.figures),
        ...seen(watch),
        backMs: watch.lastUpMs - startMs,
        otherHalfStayedUp: isWhole,
      };
    },
  );
}

/** A sidecar beside a charon with all peers up, called by it. */
export async function allUp(
  hub: Hub,
  service: ConfigSection = MODES,
  config: ConfigSection = {},
): Promise<{ sidecar: Awaited<ReturnType<Hub['sidecar']>>; watch: Watch }> {
  const watch = await hub.watch();
  const sidecar = await hub.sidecar(service, config);
  await watch.untilUp();
  return { sidecar, watch };
}

export function seen({ halfOpenMost, workersIdleLeast }: Watch): Figures {
  return { halfOpenMost, workersIdleLeast };
}

export function prefixed(prefix: string, figures: Figures): Figures {
  return Object.fromEntries(Object.entries(figures).map(([name, value]) => [`${prefix}.${name}`, value]));
}

export function wallMs(): number {
  return performance.timeOrigin + performance.now();
}

/** A time in which nothing is asked: it is itself what is measured. */
export function rest(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
