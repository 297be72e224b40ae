/**
 * Findings, gathered: the same thing in a thousand connections is one finding with a thousand subjects.
 */
import type { Place } from '../config/issues.ts';
import { FINDING_CODES, type FindingCode } from './codes.ts';

export interface Finding {
  readonly code: FindingCode;
  /** What is there, such as `start_action = start`. */
  readonly what: string;
  /** Why it matters, as a sentence. */
  readonly why: string;
  /** The line to write, or else what to do. */
  readonly write: string;
  /** Where the value is written; null where it is a default or only charon tells. */
  readonly place: Place | null;
  /** What it is about: connections, `CONNECTION/CHILD`, peers; empty where it is about charon as a whole. */
  readonly subjects: readonly string[];
}

export interface Sign {
  readonly code: FindingCode;
  readonly what: string;
  readonly write: string;
  readonly place?: Place | null;
  readonly subject?: string;
}

/** Joins signs that differ in their subjects only; keeps the order in which they came. */
export function findingsOf(signs: Iterable<Sign>): Finding[] {
  const found = new Map<string, Finding & { readonly subjects: string[] }>();
  for (const { code, what, write, place = null, subject } of signs) {
    const key = JSON.stringify([code, what, write, place]);
    const finding = found.get(key) ?? { code, what, why: FINDING_CODES[code], write, place, subjects: [] };
    found.set(key, finding);
    if (subject !== undefined && !finding.subjects.includes(subject)) finding.subjects.push(subject);
  }
  return [...found.values()];
}
