/**
 * Draws the plots of docs/scale.md out of what was measured: `npm run plot`.
 *
 * Reads bench/measured/fleet.json (`npm run bench:fleet -- --json ...`) and bench/measured/scale.json
 * (`npm run scale -- --json ...`), writes docs/plots/*.svg.
 */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { barChart, type Line, lineChart } from './svg.ts';

type Figures = Readonly<Record<string, number>>;

interface Fleet {
  readonly results: Readonly<Record<string, Figures>>;
}

interface Scale {
  readonly measured: readonly {
    readonly scenario: string;
    readonly peers: number;
    readonly isRealtime?: boolean;
    readonly figures: Figures;
  }[];
}

const read = (name: string): unknown => JSON.parse(readFileSync(`bench/measured/${name}.json`, 'utf8'));
const fleet = (read('fleet') as Fleet).results;
const scale = (read('scale') as Scale).measured.filter(({ isRealtime }) => isRealtime !== true);

mkdirSync('docs/plots', { recursive: true });
draw(
  'fleet-blocking',
  lineChart('What holds the event loop', 'peers', 'ms each time', [
    grown('taking in a listing', 'listingMs'),
    grown('attaching', 'attachMs'),
    grown('all peers lost at once', 'loseAllMs'),
    grown('status', 'statusMs'),
    grown('writing the state file', 'saveStateMs'),
  ]),
);
draw(
  'fleet-running',
  lineChart('All called and coming up', 'peers', 'us, ms, KiB', [
    grown('CPU of a step, us', 'comingUp.stepMicros'),
    grown('lateness p50, ms', 'comingUp.lagP50Ms'),
    grown('lateness p99, ms', 'comingUp.lagP99Ms'),
    grown('heap of a peer, KiB', 'heapBytesPerPeer', 1_024),
  ]),
);
const tuning = scale.find(({ scenario }) => scenario === 'tuning');
if (tuning) {
  const names = Object.keys(tuning.figures).filter((name) => name.endsWith('.answering.charonCpuMs'));
  const bars = names.map((name) => ({
    name: name.replace('.answering.charonCpuMs', ''),
    value: tuning.figures[name] ?? 0,
  }));
  draw(
    'tuning',
    barChart(`${tuning.peers} peers called by a bare loop and up: charon's own time`, 'ms', bars),
  );
}
const cold = scale.find(({ scenario }) => scenario === 'cold-answering');
if (cold) {
  draw(
    'cold-start',
    barChart(`${cold.peers} peers that answer: until all are up`, 'ms', [
      { name: 'bare loop', value: cold.figures['bareLoopAllUpP50Ms'] ?? 0 },
      { name: 'afteryou', value: cold.figures['allUpP50Ms'] ?? 0, isOurs: true },
    ]),
  );
}

/** A figure over the number of peers, without the state file's own costs. */
function grown(name: string, figure: string, divisor = 1): Line {
  const points = Object.entries(fleet)
    .filter(([way]) => way.startsWith('no-state '))
    .map(([way, figures]) => [Number(way.split(' ')[1]), (figures[figure] ?? 0) / divisor] as const)
    .filter(([, value]) => value > 0)
    .toSorted(([left], [right]) => left - right);
  return { name, points };
}

function draw(name: string, text: string): void {
  writeFileSync(`docs/plots/${name}.svg`, text);
}
