/**
 * Scale on real charons: `npm run scale [-- --peers 1000 --rounds 3 --only cold-answering,idle --json FILE --setting threads=32 --realtime]`.
 *
 * One hub against as many peers as asked for, in network namespaces (root; test/netns/README.md says what is needed). All
 * runs on one machine, both charons included, so times are those of a small host; ratios are within one run. Nothing here
 * fails because something is slow.
 */
import { rm } from 'node:fs/promises';
import { loadavg } from 'node:os';
import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import type { Settings } from '../../test/netns/lab/settings-text.ts';
import { bundle, writeResults } from '../bundle.ts';
import { machineLine } from '../machine.ts';
import type { Figures } from './figures.ts';
import { defaults, pacing, tuning } from './limits.ts';
import type { Scenario } from './scenario.ts';
import {
  allCalling,
  allLost,
  coldAnswering,
  coldDefaults,
  coldRecommended,
  coldSilent,
  halfLost,
} from './storms.ts';
import { charonRestart, idle, idleRecommended, reload, sidecarRestart } from './upkeep.ts';

const SCENARIOS: Readonly<Record<string, Scenario>> = {
  'cold-silent': coldSilent,
  'cold-answering': coldAnswering,
  'cold-recommended': coldRecommended,
  'cold-defaults': coldDefaults,
  'all-calling': allCalling,
  'all-lost': allLost,
  'half-lost': halfLost,
  'charon-restart': charonRestart,
  'sidecar-restart': sidecarRestart,
  reload,
  idle,
  'idle-recommended': idleRecommended,
  defaults,
  pacing,
  tuning,
};

interface Measured {
  readonly scenario: string;
  readonly peers: number;
  /** Of the hub's charon, beside its defaults. */
  readonly settings: Settings;
  /** The sidecar was scheduled as afteryou-realtime.conf has it. */
  readonly isRealtime: boolean;
  /** Average of the last minute, before and after: others may use the machine. */
  readonly load: readonly [number, number];
  readonly figures: Figures;
}

const { values } = parseArgs({
  options: {
    peers: { type: 'string', default: '1000' },
    rounds: { type: 'string', default: '3' },
    only: { type: 'string', default: '' },
    json: { type: 'string' },
    realtime: { type: 'boolean', default: false },
    setting: { type: 'string', multiple: true, default: [] },
  },
});
const peers = whole('peers', values.peers);
const rounds = whole('rounds', values.rounds);
const settings: Settings = Object.fromEntries(values.setting.map((text) => text.split('=', 2)));
const wanted = values.only.split(',');
const measured: Measured[] = [];
const executable = resolve('node_modules/.cache', `scale-${process.pid}.mjs`);

process.env['AFTERYOU_EXECUTABLE'] = executable;
if (values.realtime) process.env['AFTERYOU_UNDER'] = 'chrt --reset-on-fork --rr 1';
try {
  await bundle('bench/netns/probed-sidecar.ts', executable);
  console.log(`${machineLine()}${values.realtime ? ', the sidecar in real time' : ''}`);
  for (const [scenario, run] of Object.entries(SCENARIOS)) {
    if (values.only !== '' && !wanted.includes(scenario)) continue;
    const [before = 0] = loadavg();
    const figures = await run({ peers, rounds, settings });
    const [after = 0] = loadavg();
    measured.push({ scenario, peers, settings, isRealtime: values.realtime, load: [before, after], figures });
    print(scenario, figures, [before, after]);
    // After each scenario: the later ones may fail.
    await writeResults(values.json, { measured });
  }
} finally {
  await rm(executable, { force: true });
}

function print(scenario: string, figures: Figures, load: readonly number[]): void {
  console.log(`\n${scenario}, ${peers} peers; load ${load.map((one) => one.toFixed(1)).join(' to ')}`);
  for (const [name, value] of Object.entries(figures)) {
    console.log(`  ${name.padEnd(44)}${Number.isInteger(value) ? value : value.toFixed(3)}`);
  }
}

function whole(name: string, text: string): number {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 1)
    throw new RangeError(`--${name} must be a whole number from 1 on`);
  return value;
}
