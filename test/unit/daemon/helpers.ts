/** Definitions of peers and their states for the tests of the daemon. */
import type { Config } from '../../../src/config/model.ts';
import { parseConfig } from '../../../src/config/parse.ts';
import type { Peer } from '../../../src/daemon/peer.ts';
import type { PeerDefinition } from '../../../src/daemon/peer-table.ts';
import type { PeerNews, PeerSetup } from '../../../src/policy/events.ts';
import { DEFAULT_SETTINGS, type PeerSettings } from '../../../src/policy/settings.ts';
import { initialPeerState, type PeerMemory, type PeerState } from '../../../src/policy/state.ts';
import { step } from '../../../src/policy/step.ts';

/** A configuration from lines of YAML; `version: 1` is added. */
export function config(...lines: readonly string[]): Config {
  return parseConfig([{ file: 'afteryou.yaml', text: ['version: 1', ...lines, ''].join('\n') }]).config;
}

export function settings(change: Partial<PeerSettings> = {}): PeerSettings {
  return { ...DEFAULT_SETTINGS, ...change };
}

export function setup(change: Partial<PeerSetup> = {}): PeerSetup {
  return { settings: settings(), children: ['net'], isConfigured: true, isCallable: true, ...change };
}

/** Peer `s/NAME` of connection NAME at 192.0.2.1. */
export function definition(name: string, change: Partial<PeerDefinition> = {}): PeerDefinition {
  return {
    key: `s/${name}`,
    service: 's',
    name,
    address: '192.0.2.1',
    connection: name,
    setup: setup(),
    ...change,
  };
}

/** A peer in the state that these events lead to; each is `[time, event]`. */
export function peerAfter(
  events: readonly (readonly [nowMs: number, event: PeerNews])[],
  one: PeerDefinition = definition('a'),
  memory?: PeerMemory,
): Peer {
  let state: PeerState = initialPeerState(one.setup, 0, memory);
  for (const [nowMs, event] of events) state = step(state, { ...event, nowMs, random: 0 }).state;
  return { definition: one, state };
}

export const NO_COUNTS = {
  cycles: 0,
  initiations: 0,
  collisions: 0,
  settled: 0,
  swept: 0,
  violations: 0,
} as const;
