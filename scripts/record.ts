/**
 * Records what real charons do: `npm run record [-- --check --versions 5.9.8,6.0.1 --jobs 3 NAME ...]`, as root.
 *
 * Plays each scenario of test/sim/calibration whose name contains one of the NAMEs, and writes what both ends said into
 * test/fixtures/recordings: look at `git diff` afterwards, the model is held against them. `--check` writes nothing and says
 * in what the charons differ from their recordings. Exit status: 0 all well, 1 differences or failures.
 */
import { parseArgs } from 'node:util';

import { messageOf } from '../src/errors.ts';
import { record } from '../test/netns/recording/record.ts';
import { differences } from '../test/sim/calibration/compare.ts';
import { DRAWN } from '../test/sim/calibration/exceptions.ts';
import {
  RECORDINGS,
  readRecording,
  VERSIONS,
  type Version,
  writeRecording,
} from '../test/sim/calibration/recording.ts';
import { SCENARIOS } from '../test/sim/calibration/scenarios.ts';
import type { Scenario } from '../test/sim/calibration/script.ts';

const { values, positionals } = parseArgs({
  options: {
    check: { type: 'boolean', default: false },
    versions: { type: 'string', default: VERSIONS.join(',') },
    jobs: { type: 'string', default: '3' },
  },
  allowPositionals: true,
});

const names = positionals.length > 0 ? positionals : [''];
const chosen = SCENARIOS.filter(({ name }) => names.some((part) => name.includes(part)));
const queue: (readonly [Scenario, Version])[] = chosen.flatMap((scenario) =>
  (values.versions.split(',') as Version[]).map((version) => [scenario, version] as const),
);

/** Whether all was well. */
async function take([scenario, version]: readonly [Scenario, Version]): Promise<boolean> {
  const recording = await record(scenario, version);
  if (!values.check) {
    console.log(writeRecording(RECORDINGS, recording));
    return true;
  }
  const found = DRAWN.has(scenario.name)
    ? []
    : differences(readRecording(RECORDINGS, version, scenario.name).steps, recording.steps);
  console.log(
    [`${version} ${scenario.name}: ${found.length === 0 ? 'as recorded' : 'differs'}`, ...found].join('\n'),
  );
  return found.length === 0;
}

let wrong = 0;

async function work(): Promise<void> {
  for (let next = queue.shift(); next !== undefined; next = queue.shift()) {
    try {
      if (!(await take(next))) wrong += 1;
    } catch (error) {
      wrong += 1;
      console.log(`${next[1]} ${next[0].name}: ${messageOf(error)}`);
    }
  }
}

await Promise.all(Array.from({ length: Number(values.jobs) }, work));
process.exitCode = wrong === 0 ? 0 : 1;
