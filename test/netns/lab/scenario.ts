/**
 * The one file of the lab that knows vitest: a scenario is a test with a lab of its own.
 *
 * Passed: nothing stays. Failed: the lab's files are kept as evidence and their path is printed.
 * `AFTERYOU_LAB_KEEP=1` leaves the lab of a failed scenario standing.
 */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'vitest';

import { Lab, type LabOptions } from './lab.ts';

export interface ScenarioOptions extends Omit<LabOptions, 'title'> {
  readonly timeoutMs?: number;
}

const TIMEOUT_MS = 120_000;

/**
 * Declares a test: `name` is short and says topic and variant, `description` says in a sentence or two what must happen.
 */
export function scenario(
  name: string,
  description: string,
  body: (lab: Lab) => Promise<void>,
  options: ScenarioOptions = {},
): void {
  test(name, { timeout: options.timeoutMs ?? TIMEOUT_MS }, async ({ task, onTestFinished }) => {
    const lab = await Lab.create({ ...options, title: name });
    writeFileSync(join(lab.dir, 'scenario.txt'), `${name}\n\n${description}\n`);
    // Not a finally: a test that runs out of time never gets there.
    onTestFinished(async () => {
      const hasFailed = task.result?.state === 'fail';
      const leaveStanding = hasFailed && process.env['AFTERYOU_LAB_KEEP'] === '1';
      const kept = await lab.close({ hasFailed, leaveStanding });
      if (hasFailed && kept !== undefined)
        console.error(`${name}: ${description}\nevidence: ${kept}\n${standing(lab, leaveStanding)}`);
    });
    await body(lab);
  });
}

function standing(lab: Lab, isStanding: boolean): string {
  return isStanding ? `still standing: ip netns exec ${lab.moon.netns} bash (or ${lab.sun.netns})` : '';
}
