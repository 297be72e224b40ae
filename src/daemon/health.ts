/**
 * What is wrong and what to do about it, in sentences at the end of `afteryou status`.
 */

import { entryContains, parseAddress } from '../config/addresses.ts';
import type { Config } from '../config/model.ts';
import type { CharonStatus } from '../control/api.ts';
import { establishedOf } from '../policy/ike-sas.ts';
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
  const { config, charon, configError, connections, warnings } = input;
  const peers = [...input.peers];
  const ours = new Map(peers.map(({ definition }) => [definition.connection, definition.setup.settings]));
  const active = connections.filter(({ name }) => ours.has(name));
  const byName = new Map(active.map((connection) => [connection.name, connection]));
  return [
    ...(charon.attached
      ? []
      : [
          `charon is not attached (${charon.error ?? 'unknown'}): is strongSwan running, is ${charon.socket} its socket, and may afteryou open it?`,
        ]),
    ...(configError === null
      ? []
      : [`The configuration file is wrong and the old one stays in force: ${configError}`]),
    ...(config.mode === 'observe'
      ? [
          'Observing only: nothing is initiated or terminated. Set `mode: active` in the configuration file to change that.',
        ]
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
    ...sharing(
      peers.filter(({ definition }) => definition.setup.isCallable),
      active,
    ),
    ...peers.flatMap((peer) => elsewhere(peer, byName)).slice(0, NAMES_MAX),
    ...warnings,
  ];
}

/** charon takes connections with equal IKE settings for one: a call of the one reuses the IKE_SA of the other. */
function sharing(peers: readonly Peer[], connections: readonly ConnectionFacts[]): string[] {
  const callable = new Set(peers.map(({ definition }) => definition.connection));
  const alike = new Map<string, ConnectionFacts[]>();
  for (const connection of connections) {
    const { name, children: _, ...content } = connection;
    if (content.authentication === undefined || !callable.has(name)) continue;
    const key = JSON.stringify(content);
    alike.set(key, [...(alike.get(key) ?? []), connection]);
  }
  return [...alike.values()].slice(0, NAMES_MAX).flatMap((group) => {
    if (group.length < 2) return [];
    const to = group[0]?.remoteAddresses.join(', ');
    return about(
      group,
      `lead to ${to} with the same IKE settings: charon puts the children of all on one IKE_SA under one name, and the peers of the other names never come up. Make them one connection with all the children`,
    );
  });
}

/** An IKE_SA to an address that isn't one of the connection's: charon keeps it when the connection is loaded anew. */
function elsewhere({ definition, state }: Peer, connections: ReadonlyMap<string, ConnectionFacts>): string[] {
  const connection = connections.get(definition.connection ?? '');
  if (!connection || !definition.setup.isCallable) return [];
  const allowed = connection.remoteAddresses.map((one) => parseAddress(one, 'ipv4'));
  // A name may stand for any address.
  const isKnown = allowed.length > 0 && allowed.every(({ ok }) => ok);
  const strays = establishedOf(state).filter(
    ({ remoteHost }) =>
      isKnown &&
      remoteHost !== undefined &&
      !allowed.some((one) => one.ok && entryContains(one.value, remoteHost)),
  );
  return strays.map(
    ({ id, remoteHost }) =>
      `IKE_SA ${id} of peer ${definition.name} leads to ${remoteHost}, not to ${connection.remoteAddresses.join(', ')}: if remote_addrs was changed, end the old one with \`swanctl --terminate --ike-id ${id}\`; if the peer has moved (MOBIKE), all is well.`,
  );
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
