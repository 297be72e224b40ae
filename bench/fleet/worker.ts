/**
 * The whole daemon with as many peers as the first argument says, over a charon in memory and in real time: all called
 * and coming up, listings, all lost. Prints figures as JSON. Needs `--expose-gc`.
 *
 * With `state` as second argument its state file is written as usual; without, it isn't, so that all else can be seen.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseConfig } from '../../src/config/parse.ts';
import { Daemon } from '../../src/daemon/daemon.ts';
import { Fleet } from '../../src/daemon/fleet.ts';
import { createLog } from '../../src/daemon/log.ts';
import { StateKeeper } from '../../src/daemon/state-keeper.ts';
import { Exposition } from '../../src/metrics/exposition.ts';
import { systemClock } from '../../src/timers/clock.ts';
import { around } from '../around.ts';
import { spread } from '../netns/figures.ts';
import { median } from '../rounds.ts';
import { MemoryCharon } from './memory-charon.ts';

const peers = Number(process.argv[2]);
const isSaving = process.argv[3] === 'state';
/** All responder modes end at one moment; pacing then spreads the calls over one initiator mode. */
const RESPONDER_MODE_S = 15;
const INITIATOR_MODE_S = 60;
/** Over the end of responder mode. */
const BURST_MS = 20_000;
/** Three rounds of both modes: who isn't up by then is told of. */
const COMING_UP_MS_MAX = 180_000;
const LISTINGS = 5;

const figures: Record<string, number> = {};
let lags: number[] = [];
let steps = 0;
const folder = mkdtempSync(join(tmpdir(), `afteryou-bench-fleet-${process.pid}-`));
process.on('exit', () => rmSync(folder, { recursive: true, force: true }));

const config = () =>
  parseConfig([
    {
      file: 'afteryou.yaml',
      text: [
        'version: 1',
        // Whole listings come when they are asked for.
        'charon: { reconcile-interval: 3600 }',
        `limits: { max-initiations-per-second: ${Math.min(10_000, Math.ceil(peers / INITIATOR_MODE_S))}, max-half-open: 100000 }`,
        `services: { all: { connections: "*", responder-mode-duration: ${RESPONDER_MODE_S}, initiator-mode-duration: ${INITIATOR_MODE_S} } }`,
      ].join('\n'),
    },
  ]);
const log = createLog({ level: 'info', format: 'journal', write: () => undefined });
const keeper: StateKeeper = new StateKeeper({
  file: join(folder, 'state'),
  clock: systemClock,
  log,
  peers: () => daemon.fleet.peers,
  history: () => daemon.histories,
});
const exposition = new Exposition();
exposition.recorder.timerLag = (ms) => void lags.push(ms);
const daemon: Daemon = new Daemon({
  version: '0.0.0',
  clock: systemClock,
  random: Math.random,
  log,
  loaded: config(),
  keeper,
  exposition,
  reread: config,
  listInFull: async () => ({ ikeSas: [], authentications: new Map() }),
  viewCharon: () => Promise.resolve(null),
});
if (!isSaving) keeper.save = () => Promise.resolve();
around<Parameters<Fleet['tell']>, void>(Fleet.prototype, 'tell', (tell, _self, args) => {
  steps += 1;
  tell(...args);
});
let onReconciled = (): void => undefined;
around<Parameters<Fleet['reconcile']>, void>(Fleet.prototype, 'reconcile', (reconcile, _self, args) => {
  reconcile(...args);
  onReconciled();
});

globalThis.gc?.();
const before = process.memoryUsage();
const charon = new MemoryCharon(peers, () => daemon);
globalThis.gc?.();
const charonBytes = process.memoryUsage().heapUsed - before.heapUsed;

await timed('attach', () => daemon.onAttached(charon, '5.9.8'));
charon.isAnswering = true;
await phase('burst', () => sleep(BURST_MS));
await phase('comingUp', async () => {
  const endMs = performance.now() + COMING_UP_MS_MAX;
  while (charon.up < peers && performance.now() < endMs) await sleep(500);
});
figures['notUp'] = peers - charon.up;
await sleep(3_000);
globalThis.gc?.();
figures['heapBytesPerPeer'] = (process.memoryUsage().heapUsed - before.heapUsed - charonBytes) / peers;
figures['rssMiB'] = process.memoryUsage.rss() / 2 ** 20;
await phase('idle', () => sleep(10_000));
figures['listingMs'] = median(await listings());
await timed('status', async () => void daemon.status());
await timed('metrics', async () => void (await daemon.metrics(false)));
await timed('saveState', () => StateKeeper.prototype.save.call(keeper));
await timed('loseAll', async () => void charon.loseAll());
figures['peakRssMiB'] = process.resourceUsage().maxRSS / 1_024;
console.log(JSON.stringify(figures));
process.exit(0);

/** What goes on in real time: processor time for a step and in all, and how late timers were. */
async function phase(name: string, use: () => Promise<unknown>): Promise<void> {
  lags = [];
  steps = 0;
  const cpu = process.cpuUsage();
  const startMs = performance.now();
  await use();
  const { user, system } = process.cpuUsage(cpu);
  const seconds = (performance.now() - startMs) / 1_000;
  const cpuMs = (user + system) / 1_000;
  figures[`${name}.seconds`] = seconds;
  figures[`${name}.cpuPercent`] = cpuMs / (seconds * 10);
  figures[`${name}.steps`] = steps;
  figures[`${name}.stepMicros`] = (cpuMs * 1_000) / Math.max(1, steps);
  Object.assign(figures, spread(`${name}.lag`, lags));
}

/** How long the event loop is held by taking in a listing of everything, a few times. */
async function listings(): Promise<number[]> {
  const took: number[] = [];
  let startMs = 0;
  const list = charon.listIkeSas.bind(charon);
  charon.listIkeSas = async (...args) => {
    const listed = await list(...args);
    startMs = performance.now();
    return listed;
  };
  for (let turn = 0; turn < LISTINGS; turn++) {
    await new Promise<void>((resolve) => {
      onReconciled = () => {
        took.push(performance.now() - startMs);
        resolve();
      };
      daemon.onNews({ type: 'connections' });
    });
  }
  charon.listIkeSas = list;
  return took;
}

/** What holds the event loop for a moment. */
async function timed(name: string, use: () => Promise<void>): Promise<void> {
  const startMs = performance.now();
  await use();
  figures[`${name}Ms`] = performance.now() - startMs;
}
