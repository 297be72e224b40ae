/**
 * What is wrong and what to do about it, in sentences at the end of `afteryou status`.
 */

import type { Config } from '../config/model.ts';
import type { CharonStatus } from '../control/api.ts';
import type { ConnectionFacts } from '../vici/index.ts';
import type { Peer } from './peer.ts';

export interface HealthInput {
  readonly config: Config;
  readonly charon: CharonStatus;
  readonly configError: string | null;
  readonly peers: Iterable<Peer>;
  readonly connections: readonly ConnectionFacts[];
  readonly warnings: readonly string[];
}

/** Most names in one sentence. */
const NAMES_MAX = 5;

export function healthOf(input: HealthInput): string[] {
  const { config, charon, configError, peers, connections, warnings } = input;
  const ours = new Map(
    [...peers].map(({ definition }) => [definition.connection, definition.setup.settings]),
  );
  const active = connections.filter(({ name }) => ours.has(name));
  return [
    ...(charon.attached
      ? []
      : [
          `charon is not attached (${charon.error ?? 'unknown'}): is strongSwan running, and ${charon.socket} its socket?`,
        ]),
    ...(configError === null
      ? []
      : [`The configuration file is wrong and the old one stays in force: ${configError}`]),
    ...(config.mode === 'observe'
      ? ['Observing only: nothing is initiated or terminated. Write a configuration file to change that.']
      : []),
    ...(config.laboratory
      ? ['`laboratory: true` is set: durations below their ranges are accepted. Not for production.']
      : []),
    ...about(
      active.filter(({ dpdDelaySeconds }) => dpdDelaySeconds === null || dpdDelaySeconds === 0),
      'without dead peer detection: set dpd_delay (10s to 30s), or a dead peer, or an IKE_SA that only this end has, stays unnoticed',
    ),
    ...about(
      active.filter(({ unique }) => unique !== '' && unique !== 'UNIQUE_NEVER'),
      'without `unique = never`: charon itself may destroy an IKE_SA that afteryou counts on',
    ),
    ...about(
      active.filter(({ children }) =>
        children.some((child) => isBusy(child.dpdAction) || isBusy(child.closeAction)),
      ),
      'with dpd_action or close_action: charon starts tunnels itself; set both to none',
    ),
    ...about(
      active.filter((connection) => ours.get(connection.name)?.noRekey && rekeys(connection)),
      'of a `no-rekey` peer, but charon rekeys it: set rekey_time = 0 and reauth_time = 0, for its children too',
    ),
    ...warnings,
  ];
}

function rekeys({ rekeySeconds, reauthSeconds, children }: ConnectionFacts): boolean {
  return rekeySeconds > 0 || reauthSeconds > 0 || children.some((child) => child.rekeySeconds > 0);
}

function isBusy(action: string | null): boolean {
  return action !== null && action !== 'none' && action !== 'clear';
}

function about(connections: readonly ConnectionFacts[], what: string): string[] {
  if (connections.length === 0) return [];
  const names = connections.slice(0, NAMES_MAX).map(({ name }) => name);
  const more = connections.length > NAMES_MAX ? ` and ${connections.length - NAMES_MAX} more` : '';
  return [`${connections.length === 1 ? 'Connection' : 'Connections'} ${names.join(', ')}${more} ${what}.`];
}
