/** Commands about algorithms and counters. Source: VICI README, "get-algorithms", "get-counters". */
import type { Section } from '../message.ts';
import type { Commander, RequestOptions } from '../session-options.ts';

/** Kind of algorithm (`encryption`, `integrity` ...) to algorithm to the plugin that brings it. */
export type LoadedAlgorithms = ReadonlyMap<string, ReadonlyMap<string, string>>;

/** Algorithms that charon has loaded. */
export async function getAlgorithms(session: Commander, options?: RequestOptions): Promise<LoadedAlgorithms> {
  const answer = await session.request('get-algorithms', {}, options);
  return new Map(answer.sections().map((kind) => [kind.name, new Map(values(kind))]));
}

export interface CounterTarget {
  /** Name of a connection; the global counters without it. */
  readonly name?: string;
  /** The counters of all connections, and the global ones. */
  readonly all?: boolean;
}

/** Counters by name, such as `ike-init-in-req`. Above 2^53 these lose precision. */
export type Counters = ReadonlyMap<string, number>;

/**
 * Counters by connection; those of all IKE together are under the empty name. Needs the plugin `counters`.
 * @throws VICI_UNKNOWN_COMMAND without that plugin, VICI_COMMAND_FAILED for an unknown name
 */
export async function getCounters(
  session: Commander,
  target: CounterTarget = {},
  options?: RequestOptions,
): Promise<ReadonlyMap<string, Counters>> {
  const answer = await session.request('get-counters', { name: target.name, all: target.all }, options);
  const connections = answer.section('counters')?.sections() ?? [];
  return new Map(connections.map((section) => [section.name, counters(section)]));
}

/** Sets counters to 0. @throws VICI_COMMAND_FAILED */
export async function resetCounters(
  session: Commander,
  target: CounterTarget = {},
  options?: RequestOptions,
): Promise<void> {
  await session.request('reset-counters', { name: target.name, all: target.all }, options);
}

function counters(section: Section): Counters {
  return new Map(values(section).map(([name, value]) => [name, Number(value)]));
}

function values(section: Section): [string, string][] {
  const found: [string, string][] = [];
  for (const entry of section.entries) {
    if (entry.kind === 'value') found.push([entry.name, section.get(entry.name) ?? '']);
  }
  return found;
}
