/**
 * A recording: what two real charons of one version did in a scenario, as a file that people can read.
 */

import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { parse, stringify } from 'yaml';
import type { EndRecord, StepRecord } from './play.ts';
import type { EndSetup, Scenario } from './script.ts';

/** Versions of strongSwan that there are recordings of, as charon says them. */
export const VERSIONS = ['5.9.8', '6.0.1'] as const;
export type Version = (typeof VERSIONS)[number];

export interface Recording {
  readonly scenario: string;
  readonly shows: string;
  readonly strongswan: string;
  /** How the ends differ from the defaults. */
  readonly moon: EndSetup;
  readonly sun: EndSetup;
  readonly steps: readonly StepRecord[];
}

/** Where they are, from the root of the checkout. */
export const RECORDINGS = 'test/fixtures/recordings';

const LINE_WIDTH = 0;

export function recordingOf(
  { name, shows, moon, sun }: Scenario,
  strongswan: string,
  steps: readonly StepRecord[],
): Recording {
  return { scenario: name, shows, strongswan, moon, sun, steps };
}

/** `<folder>/<version>/<scenario>.yaml`. */
export function recordingFile(folder: string, version: string, name: string): string {
  return join(folder, version, `${name}.yaml`);
}

export function writeRecording(folder: string, recording: Recording): string {
  const file = recordingFile(folder, recording.strongswan, recording.scenario);
  mkdirSync(dirname(file), { recursive: true });
  const steps = recording.steps.map((step) => ({ ...step, moon: brief(step.moon), sun: brief(step.sun) }));
  const shorter = steps.map(({ refusals, ...step }) => (refusals.length > 0 ? { refusals, ...step } : step));
  writeFileSync(file, stringify({ ...recording, steps: shorter }, { lineWidth: LINE_WIDTH }));
  return file;
}

/** @throws Error if there is none */
export function readRecording(folder: string, version: string, name: string): Recording {
  const file = recordingFile(folder, version, name);
  if (!existsSync(file)) throw new Error(`no ${file}: npm run record -- ${name}`);
  const read = parse(readFileSync(file, 'utf8')) as Omit<Recording, 'steps'> & {
    readonly steps: readonly (Pick<StepRecord, 'does' | 'forMs'> & {
      readonly refusals?: readonly string[];
      readonly moon: Partial<EndRecord>;
      readonly sun: Partial<EndRecord>;
    })[];
  };
  const steps = read.steps.map(({ refusals = [], moon, sun, ...step }) => {
    return { ...step, refusals, moon: full(moon), sun: full(sun) };
  });
  return { ...read, steps };
}

/** Names of the scenarios that there are recordings of. */
export function recordedNames(folder: string, version: string): string[] {
  return readdirSync(join(folder, version)).map((file) => file.replace(/\.yaml$/, ''));
}

/** Nothing that is empty, but always the list of SAs. */
function brief({ events, log, sas }: EndRecord): Partial<EndRecord> {
  return { ...(events.length > 0 && { events }), ...(log.length > 0 && { log }), sas };
}

function full({ events = [], log = [], sas = [] }: Partial<EndRecord>): EndRecord {
  return { events, log, sas };
}
