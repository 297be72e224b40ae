/**
 * The model of charon against recordings of real ones: the same scenarios, the same events and the same lists of SAs.
 */

import { describe, expect, it } from 'vitest';
import { differences } from './compare.ts';
import { DRAWN, DRAWS_MAX, EXCEPTIONS } from './exceptions.ts';
import { ModelPair } from './model-pair.ts';
import { play, type StepRecord } from './play.ts';
import { RECORDINGS, readRecording, recordedNames, VERSIONS, type Version } from './recording.ts';
import { SCENARIOS } from './scenarios.ts';
import type { Scenario } from './script.ts';

async function differencesFrom(recorded: readonly StepRecord[], scenario: Scenario): Promise<string[]> {
  let found: string[] = [];
  for (let draw = 0; draw < (DRAWN.has(scenario.name) ? DRAWS_MAX : 1); draw += 1) {
    found = differences(recorded, await play(scenario, new ModelPair(scenario, String(draw))));
    if (found.length === 0) break;
  }
  return found;
}

function exceptionOf(name: string, version: Version): string | undefined {
  return EXCEPTIONS.find(({ scenario, versions }) => scenario === name && versions.includes(version))?.why;
}

describe.each(VERSIONS)('the model is a charon of strongSwan %s', (version) => {
  it.each(SCENARIOS)('$name: $shows', async (scenario) => {
    const { strongswan, steps, moon, sun } = readRecording(RECORDINGS, version, scenario.name);
    expect(strongswan).toBe(version);
    const script = { moon, sun, steps: steps.map(({ does, forMs }) => ({ does, forMs })) };
    const now = { moon: scenario.moon, sun: scenario.sun, steps: scenario.steps };
    expect(script, `recorded for another script: npm run record -- ${scenario.name}`).toEqual(now);
    const found = await differencesFrom(steps, scenario);
    if (exceptionOf(scenario.name, version) === undefined) {
      expect(found, `\n${found.join('\n')}\n`).toEqual([]);
    } else {
      expect(found, 'the exception is needed no more').not.toEqual([]);
    }
  });

  it('has no recording without a scenario', () => {
    const names = SCENARIOS.map(({ name }) => name);
    expect(recordedNames(RECORDINGS, version).filter((name) => !names.includes(name))).toEqual([]);
  });
});

describe('the comparison', () => {
  const [scenario] = SCENARIOS;

  it('sees an event, a list, a hint and a refusal that differ', async () => {
    if (!scenario) throw new Error('no scenario');
    const [step] = await play(scenario, new ModelPair(scenario));
    if (!step) throw new Error('no step');
    const { moon } = step;
    expect(differences([step], [step])).toEqual([]);
    expect(differences([step], [])).not.toEqual([]);
    for (const other of [
      { ...step, refusals: ['no'] },
      { ...step, moon: { ...moon, events: moon.events.slice(1) } },
      { ...step, moon: { ...moon, events: [...moon.events].reverse() } },
      { ...step, moon: { ...moon, log: [] } },
      { ...step, sun: { ...step.sun, sas: [] } },
    ]) {
      expect(differences([step], [other])).not.toEqual([]);
    }
  });
});
