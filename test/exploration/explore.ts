/**
 * Every run of a plan: depth first, each state once; and the shortest run to a state that must not be.
 *
 * Runs are counted without being walked: those from a state are those from its successors, added up. That needs a
 * graph without circles; a circle would be two ends that keep each other busy without time passing, and is
 * reported as such.
 */

import { EndModel, type Policy } from './end.ts';
import { keyOf, type Place } from './place.ts';
import type { Plan } from './plan.ts';
import { Successors } from './successors.ts';

export interface Violation {
  readonly what: string;
  /** What happened, from the beginning on. */
  readonly path: readonly string[];
}

export interface Findings {
  readonly states: number;
  readonly transitions: number;
  /** Different runs, each from the beginning to its end. */
  readonly runs: number;
  /** Steps of the longest run. */
  readonly depth: number;
  /** Different states of the two ends alone. */
  readonly endStates: readonly [number, number];
  /** Runs by who started the IKE_SA that is left, and whether both had called. */
  readonly outcomes: Readonly<Record<string, number>>;
  /** Longest time to the end after the last trouble. */
  readonly settledAfterMs: number;
  readonly violation: Violation | null;
}

interface Result {
  readonly runs: number;
  readonly depth: number;
}

class Found extends Error {}

/**
 * @param statesMax most states
 * @throws Error if there are more
 */
export function explore(plan: Plan, policy: Policy, statesMax: number): Findings {
  const models = [new EndModel(0, plan.ends[0], policy), new EndModel(1, plan.ends[1], policy)] as const;
  const successors = new Successors(plan, models);
  const done = new Map<string, Result | null>();
  const path: string[] = [];
  const outcomes: Record<string, number> = {};
  let [transitions, settledAfterMs] = [0, 0];

  const visit = (place: Place): Result => {
    const key = keyOf(place);
    const known = done.get(key);
    if (known) return known;
    if (known === null) throw new Found('the two ends keep each other busy without time passing');
    if (done.size >= statesMax) throw new Error(`more than ${statesMax} states`);
    done.set(key, null);
    const broken = successors.violation(place);
    if (broken !== null) throw new Found(broken);
    const next = successors.of(place);
    let [runs, depth] = [0, 0];
    for (const { label, place: after, broken: rules } of next) {
      path.push(label);
      if (rules.length > 0) throw new Found(rules.join('; '));
      const result = visit(after);
      path.pop();
      transitions += 1;
      runs += result.runs;
      depth = Math.max(depth, result.depth + 1);
    }
    if (next.length === 0) {
      runs = 1;
      const outcome = successors.outcomeOf(place);
      outcomes[outcome] = (outcomes[outcome] ?? 0) + 1;
      settledAfterMs = Math.max(settledAfterMs, place.elapsedMs - place.troubleMs);
    }
    const result = { runs, depth };
    done.set(key, result);
    return result;
  };

  let violation: Violation | null = null;
  let result: Result = { runs: 0, depth: 0 };
  try {
    result = visit(successors.begin());
  } catch (error) {
    if (!(error instanceof Found)) throw error;
    violation = { what: error.message, path: [...path] };
  }
  const endStates = successors.counts();
  return { states: done.size, transitions, ...result, endStates, outcomes, settledAfterMs, violation };
}

/** The shortest run to a violation, or null if there is none within `statesMax` states. */
export function shortest(plan: Plan, policy: Policy, statesMax: number): Violation | null {
  const models = [new EndModel(0, plan.ends[0], policy), new EndModel(1, plan.ends[1], policy)] as const;
  const successors = new Successors(plan, models);
  interface Step {
    readonly place: Place;
    readonly label: string;
    readonly before: Step | null;
  }
  const pathOf = (step: Step | null): string[] => (step ? [...pathOf(step.before), step.label] : []);
  let front: Step[] = [{ place: successors.begin(), label: 'begin', before: null }];
  const seen = new Set<string>();
  while (front.length > 0 && seen.size < statesMax) {
    const beyond: Step[] = [];
    for (const step of front) {
      const what = successors.violation(step.place);
      if (what !== null) return { what, path: pathOf(step) };
      for (const next of successors.of(step.place)) {
        const after: Step = { place: next.place, label: next.label, before: step };
        if (next.broken.length > 0) return { what: next.broken.join('; '), path: pathOf(after) };
        const key = keyOf(next.place);
        if (seen.has(key)) continue;
        seen.add(key);
        beyond.push(after);
      }
    }
    front = beyond;
  }
  return null;
}
