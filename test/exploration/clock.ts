/**
 * The passing of time at one end: everything that happened is that much longer ago, everything due is nearer.
 */

import { dueMsOf } from './charon.ts';
import { type End, NOW_MS } from './world.ts';

/** The same end `byMs` later, if nothing happens there until then. */
export function later(end: End, byMs: number): End {
  return moved(end, byMs);
}

/** All numbers whose names end in `Ms` are times: fields of the policy, of events and of the model alike. */
function moved<T>(value: T, byMs: number, key = ''): T {
  if (typeof value === 'number') return (key.endsWith('Ms') ? value - byMs : value) as T;
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return value.map((one: unknown) => moved(one, byMs)) as T;
  const entries = Object.entries(value).map(([name, inner]) => [name, moved(inner, byMs, name)]);
  return Object.fromEntries(entries) as T;
}

/** How long until a timer of this end is due; Infinity if none runs. */
export function untilTimerMs(end: End): number {
  const ofCharon = end.charon.sas.map(dueMsOf);
  const atMs = Math.min(...ofCharon, end.policy?.wakeMs ?? Infinity, end.reconcileMs ?? Infinity);
  return atMs - NOW_MS;
}
