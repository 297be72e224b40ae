/**
 * Puts a pair of charons through a scenario, step by step, and writes down what they say. Real ones and those of the
 * model are the same here.
 */

import { type EventView, type IkeSaView, type LogView, Names } from './names.ts';
import { type Action, type ActionText, type EndName, readAction, type Scenario } from './script.ts';

/** Two charons with the wire between them. */
export interface Pair {
  /** Resolves to charon's words if it refuses. `target`: SPI, key or id of what the action is about. */
  perform(action: Action, target: string): Promise<string | null>;
  /** Lets time go on until `forMs` have passed since the last `run` ended. */
  run(forMs: number): Promise<void>;
  /** What is there; nothing if charon isn't running. */
  list(end: EndName): Promise<readonly IkeSaView[]>;
  /** What was told since the last time, in order. */
  takeEvents(end: EndName): readonly EventView[];
  takeLog(end: EndName): readonly LogView[];
}

/** What an end said in a step. */
export interface EndRecord {
  readonly events: readonly string[];
  /** What of its log may matter to afteryou. */
  readonly log: readonly string[];
  readonly sas: readonly string[];
}

export interface StepRecord {
  readonly does: readonly ActionText[];
  readonly forMs: number;
  /** charon's words for what it refused to begin. */
  readonly refusals: readonly string[];
  readonly moon: EndRecord;
  readonly sun: EndRecord;
}

export async function play({ steps }: Scenario, pair: Pair): Promise<StepRecord[]> {
  const names = new Names();
  const records: StepRecord[] = [];
  for (const { does, forMs } of steps) {
    const refusals: string[] = [];
    for (const text of does) {
      const action = readAction(text);
      const refusal = await pair.perform(action, names.meant(action.words[0] ?? ''));
      if (refusal !== null) refusals.push(refusal);
    }
    await pair.run(forMs);
    const record = async (end: EndName): Promise<EndRecord> => {
      const events = pair.takeEvents(end).map((event) => names.eventText(end, event));
      const listed = [...(await pair.list(end))].sort((left, right) => Number(left.id) - Number(right.id));
      const sas = listed.map((sa) => names.listText(end, sa));
      const log = pair.takeLog(end).map((line) => names.logText(end, line));
      return { events, log, sas };
    };
    // In this order, for the names.
    const moon = await record('moon');
    const sun = await record('sun');
    records.push({ does, forMs, refusals, moon, sun });
  }
  return records;
}
