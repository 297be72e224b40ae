/**
 * How punctual are the modes on a real charon? `npm run --silent build && node scripts/run-ts.mjs scripts/mode-timing.ts [--cycles 50]`
 *
 * One silent peer, 1 s of responder mode, 1 s of initiator mode. A deadline is what the daemon declared, the beginning of a
 * mode, plus the configured duration; what happened is read off the wire. So all between is measured: timer, listing,
 * pacing, VICI, charon. charon retransmits every 10 ms here, so that a call that goes on too long shows.
 */
import { parseArgs } from 'node:util';
import type { HistoryEntry } from '../src/control/api.ts';
import { ControlClient } from '../src/control/client.ts';
import type { Capture } from '../test/netns/lab/capture.ts';
import { silence } from '../test/netns/lab/firewall.ts';
import { Lab } from '../test/netns/lab/lab.ts';
import { twoCharons } from '../test/netns/lab/two-charons.ts';
import { within } from '../test/netns/lab/wait.ts';

const RESPONDER_MODE_MS = 1_000;
const INITIATOR_MODE_MS = 1_000;
/** A call is 100 packets; both modes leave two entries and a note. */
const RETRANSMISSION = { retransmit_timeout: 0.01, retransmit_base: 1, retransmit_tries: 500 };
const ENTRIES_PER_CYCLE = 3;
/** How far from its deadline something may be and still belong to it. */
const NEAR_MS = 500;

const { values } = parseArgs({ options: { cycles: { type: 'string', default: '50' } } });
const cycles = Number(values.cycles);
if (!Number.isInteger(cycles) || cycles < 1 || cycles > 600) throw new RangeError('--cycles takes 1 to 600');

const lab = await Lab.create({ title: 'mode-timing' });
try {
  const { moon } = await twoCharons(lab, { moonCharon: { settings: RETRANSMISSION } });
  await silence(lab.moon, lab.sun);
  const capture = await lab.capture(lab.moon);
  const service = {
    connections: '*',
    'responder-mode-duration': RESPONDER_MODE_MS / 1000,
    'initiator-mode-duration': INITIATOR_MODE_MS / 1000,
  };
  const daemon = await lab.afteryou(moon, { config: { laboratory: true, services: { all: service } } });
  const client = await ControlClient.connect(daemon.controlSocket);
  const history = await within(
    cycles * 2 * (RESPONDER_MODE_MS + INITIATOR_MODE_MS),
    `${cycles} cycles`,
    async () => {
      const entries = await client.history(ENTRIES_PER_CYCLE * (cycles + 2));
      return entries.filter(({ rule }) => rule === 'R4').length >= cycles && entries;
    },
    { pollMs: 500 },
  );
  client.close();
  await capture.caughtUp();
  const packetsAtMs = capture.ike({ from: lab.moon.ipv4.outer }).map(({ atMs }) => atMs);
  const calls = firstPackets(capture, lab.moon.ipv4.outer);
  const responderEnds = endsOf(history, 'responder-mode', RESPONDER_MODE_MS).slice(0, cycles);
  const initiatorEnds = endsOf(history, 'initiator-mode', INITIATOR_MODE_MS).slice(0, cycles);
  console.log(`${cycles} cycles, ms after the deadline          min   median      p99      max`);
  report(
    'end of responder mode to IKE_SA_INIT',
    responderEnds.map((endMs) => nearest(calls, endMs) - endMs),
  );
  report(
    'end of initiator mode to last packet',
    initiatorEnds.map((endMs) => lastBy(packetsAtMs, endMs) - endMs),
  );
} finally {
  await lab.close();
}

/** When each mode of this name should end: declared beginning and configured duration. */
function endsOf(history: readonly HistoryEntry[], mode: string, durationMs: number): number[] {
  return history
    .filter(({ kind, to }) => kind === 'transition' && to === mode)
    .map(({ at }) => Date.parse(at) + durationMs);
}

/** The first packet of each IKE_SA that `from` asked for. */
function firstPackets(capture: Capture, from: string): number[] {
  const first = new Map<string, number>();
  for (const { initiatorSpi, atMs } of capture.ike({ from, exchange: 'IKE_SA_INIT', isResponse: false })) {
    if (!first.has(initiatorSpi)) first.set(initiatorSpi, atMs);
  }
  return [...first.values()];
}

function nearest(timesMs: readonly number[], atMs: number): number {
  return timesMs.reduce((best, timeMs) => (Math.abs(timeMs - atMs) < Math.abs(best - atMs) ? timeMs : best));
}

/** The last packet before the next call can have begun. */
function lastBy(timesMs: readonly number[], endMs: number): number {
  return timesMs.findLast((timeMs) => timeMs <= endMs + NEAR_MS) ?? Number.NaN;
}

function report(name: string, values: readonly number[]): void {
  const sorted = [...values].sort((a, b) => a - b);
  const at = (share: number) => sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] ?? Number.NaN;
  const columns = [0, 0.5, 0.99, 1].map((share) => at(share).toFixed(1).padStart(9)).join('');
  console.log(`${name.padEnd(40)}${columns}`);
}
