/**
 * Plays one scenario on two real charons of one version, in a lab of its own, and gives the recording.
 */

import { play } from '../../sim/calibration/play.ts';
import { type Recording, recordingOf, type Version } from '../../sim/calibration/recording.ts';
import type { Scenario } from '../../sim/calibration/script.ts';
import { Lab } from '../lab/lab.ts';
import { trixieRoot } from '../lab/other-root.ts';
import { charonVersion } from '../lab/vici-calls.ts';
import { RealPair } from './real-pair.ts';

/** The tree that a version is taken from; null: this machine's own. */
export async function rootOf(version: Version): Promise<string | null> {
  return version === '5.9.8' ? null : await trixieRoot();
}

/** @throws Error if what is installed is another version */
export async function record(scenario: Scenario, version: Version): Promise<Recording> {
  const root = await rootOf(version);
  const lab = await Lab.create({ title: `recording-${scenario.name}-${version}`, relay: {} });
  let hasFailed = true;
  try {
    const pair = await RealPair.start(lab, scenario, root);
    const found = await charonVersion(pair.socket);
    if (found !== version) throw new Error(`this is strongSwan ${found}, not ${version}`);
    pair.begin();
    const steps = await play(scenario, pair);
    hasFailed = false;
    return recordingOf(scenario, version, steps);
  } finally {
    await lab.close({ hasFailed });
  }
}
