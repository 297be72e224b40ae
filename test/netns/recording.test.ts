/**
 * Real charons against their own recordings: a strongSwan that behaves otherwise than the recorded one is seen here, and
 * `npm run record` then tells in what, for all scenarios. The model is held against the recordings in test/sim/calibration.
 */
import { expect, test } from 'vitest';

import { differences } from '../sim/calibration/compare.ts';
import { RECORDINGS, readRecording, type Version } from '../sim/calibration/recording.ts';
import { SCENARIOS } from '../sim/calibration/scenarios.ts';
import { record } from './recording/record.ts';

const QUICK: readonly (readonly [string, Version])[] = [
  ['rekey-ike-responder', '5.9.8'],
  ['delete-twice', '5.9.8'],
  ['second-child-responder', '6.0.1'],
];

test.each(QUICK)('%s of strongSwan %s is as recorded', async (name, version) => {
  const scenario = SCENARIOS.find((one) => one.name === name);
  if (!scenario) throw new Error(`no scenario ${name}`);
  const { steps } = await record(scenario, version);
  const found = differences(readRecording(RECORDINGS, version, name).steps, steps);
  expect(found, `\n${found.join('\n')}\n`).toEqual([]);
});
