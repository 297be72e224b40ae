/**
 * A fault is a scenario that ends with a row of the table: what was done to a gateway, what it cost, what the operator saw.
 *
 * One code in two sizes: a slice of each runs with all other scenarios, the whole of it by `npm run faults`.
 */
import { expect, TestRunner } from 'vitest';

import type { Lab } from '../lab/lab.ts';
import { type ScenarioOptions, scenario } from '../lab/scenario.ts';

/** What a fault was and what came of it. */
export interface FaultRow {
  /** What was done, in a few words. */
  readonly done: string;
  readonly times: number;
  /** Peers whose tunnels were there all the while, or had to come back. */
  readonly tunnels: number;
  readonly lost: number;
  /** IKE_SAs beyond one a peer at the end, at both ends together. */
  readonly duplicates: number;
  readonly echoes: number;
  readonly echoesLost: number;
  /** Longest time without an echo, of any peer; null: not judged, since the fault itself stops all packets. */
  readonly silentMs: number | null;
  /** Resident set of the sidecar when all was well, and the most that it had afterwards. */
  readonly startKib: number;
  readonly peakKib: number;
  /** The operator's view, by the program's own words. */
  readonly saw: string;
}

declare module 'vitest' {
  interface TaskMeta {
    fault?: FaultRow;
  }
}

/** Set for the project `faults` (vitest.config.ts). */
const isWhole = process.env['AFTERYOU_FAULTS'] === 'whole';

/** A number for the whole, and one for the slice. */
export function sized(whole: number, slice: number): number {
  return isWhole ? whole : slice;
}

/** More than the heap of a young Node process grows by itself, less than what a flood that is kept would take. */
const GROWTH_MAX_KIB = 80_000;

/** Five echoes in a row. On a machine that can't keep up a single one is lost now and then; a tunnel that is cut loses more. */
const SILENT_MAX_MS = 1_000;

/** Declares a fault. `body` must call `judge` once, at its end. */
export function fault(
  name: string,
  description: string,
  body: (lab: Lab) => Promise<void>,
  options: ScenarioOptions = {},
): void {
  scenario(`fault-${name}`, description, body, { timeoutMs: sized(900_000, 120_000), ...options });
}

/** Enters the row in the table, and fails if something was lost. */
export function judge(row: FaultRow, growthMaxKib: number = GROWTH_MAX_KIB): void {
  const test = TestRunner.getCurrentTest();
  if (test === undefined) throw new Error('a row of the table belongs to a test');
  test.meta.fault = row;
  expect(row).toMatchObject({ lost: 0, duplicates: 0 });
  expect(row.silentMs ?? 0).toBeLessThan(SILENT_MAX_MS);
  expect(row.echoes).toBeGreaterThan(0);
  expect(row.peakKib - row.startKib).toBeLessThan(growthMaxKib);
}
