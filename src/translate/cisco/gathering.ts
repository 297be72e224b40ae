/**
 * Modes of IOS and ASA alike as facts: all are kept, one whose name is known is added to, and policies are bounded.
 *
 * Knows no mode and no command of either; these are in asa/collect.ts and ios/collect.ts.
 */
import type { Block } from '../blocks.ts';
import type { LineReport } from '../report.ts';
import type { SourceLine } from '../source-line.ts';
import { type Fact, type Forms, readLine } from './commands.ts';

/** IKE policies of either version: each is a proposal of every connection. */
export const POLICIES_MAX = 100;

/** What holds everything, so that what nobody uses can be told. */
export interface Gathered {
  readonly all: Fact[];
}

/** Commands of a mode on their way into a fact. */
export interface Gathering {
  readonly facts: Gathered;
  readonly lines: readonly SourceLine[];
  readonly report: LineReport;
}

type Named = Fact & { readonly name: string };

export function keep<Kept extends Fact>(facts: Gathered, fact: Kept): Kept {
  facts.all.push(fact);
  return fact;
}

/** The fact of the name of `fresh`, which takes its place if there is none yet, and adds its header if there is one. */
export function ofName<Kept extends Named>(facts: Gathered, known: Map<string, Kept>, fresh: Kept): Kept {
  const found = known.get(fresh.name);
  if (found !== undefined) {
    found.lines.push(fresh.at);
    return found;
  }
  known.set(fresh.name, fresh);
  return keep(facts, fresh);
}

/** Reads the commands of a mode into its fact. */
export function into<Into extends Fact>({ lines, report }: Gathering, fact: Into, forms: Forms<Into>): void {
  for (const line of lines) readLine(line, fact, forms, report);
}

/** Reads them into the fact of the name of `fresh`. */
export function intoNamed<Into extends Named>(
  gathering: Gathering,
  known: Map<string, Into>,
  fresh: Into,
  forms: Forms<Into>,
): void {
  into(gathering, ofName(gathering.facts, known, fresh), forms);
}

/** Reads them into a policy, which doesn't count once there are as many as may be; its header is told then. */
export function intoPolicy<Policy extends Fact>(
  gathering: Gathering,
  policies: Policy[],
  fresh: Policy,
  forms: Forms<Policy>,
): void {
  keep(gathering.facts, fresh);
  if (policies.length < POLICIES_MAX) policies.push(fresh);
  else gathering.report.notUnderstood(fresh.at, `at most ${POLICIES_MAX} policies are possible`);
  into(gathering, fresh, forms);
}

/** Entries of a map in the order of their numbers. */
export function inOrder<Entry extends { readonly sequence: number }>(
  entries: ReadonlyMap<number, Entry>,
): readonly Entry[] {
  return [...entries.values()].sort((a, b) => a.sequence - b.sequence);
}

/** Tells a mode with all that is inside it. */
export function dropAll(
  block: Pick<Block, 'header' | 'lines' | 'blocks'>,
  report: LineReport,
  why: string,
): void {
  if (block.header !== null) report.dropped(block.header, why);
  for (const line of block.lines) report.dropped(line, why);
  for (const inner of block.blocks) dropAll(inner, report, why);
}
