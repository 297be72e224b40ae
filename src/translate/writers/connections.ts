/**
 * The connections of a gateway for swanctl: a template for what many share, one small section per peer.
 *
 * Knows what afteryou asks of a connection: nothing starts by itself, one call is one try, DPD is on and `unique` is never,
 * so that it alone decides who starts and which IKE_SA stays.
 */
import type { AuthMethod, Child, ChildSettings, Connection, Gateway, IkeSettings } from '../gateway-model.ts';
import { espProposals, ikeProposals, selectorText } from './proposals.ts';
import { type Entry, section, setting, settingsText } from './settings-text.ts';

/** Rekeying begins when this part of a lifetime is over, as StarOS does it; a random tenth earlier at most. */
const REKEY_PART = 0.9;

/** The text of the file; for a directory that swanctl.conf includes. */
export function writeConnections({ connections }: Pick<Gateway, 'connections'>): string {
  const ike = unique(connections.map(({ settings }) => settings));
  const children = unique(
    connections.flatMap((connection) => connection.children.map(({ settings }) => settings)),
  );
  const shared = sharedOf(connections);
  return [
    '# Made by `afteryou translate`. Put it into /etc/swanctl/conf.d and load it with `swanctl --load-all`.\n',
    ...ike.map((settings) => `\n${settingsText([ikeTemplate(settings, shared)])}`),
    ...children.map((settings) => `\n${settingsText([childTemplate(settings)])}`),
    `\n${settingsText([
      section(
        'connections',
        connections.map((connection) => connectionSection(connection, shared)),
      ),
    ])}`,
  ].join('');
}

function unique<Value>(values: readonly Value[]): readonly Value[] {
  return [...new Set(values)];
}

interface Ends {
  readonly localAddress: string | null;
  readonly localId: string | null;
}

type Shared = ReadonlyMap<IkeSettings, Ends>;

/** Our own end where all connections of a template agree on it, else nulls. */
function sharedOf(connections: readonly Connection[]): Shared {
  const shared = new Map<IkeSettings, Ends>();
  for (const { settings, localAddress, localId } of connections) {
    const before = shared.get(settings) ?? { localAddress, localId };
    shared.set(settings, {
      localAddress: before.localAddress === localAddress ? localAddress : null,
      localId: before.localId === localId ? localId : null,
    });
  }
  return shared;
}

function ikeTemplate(settings: IkeSettings, shared: Shared): Entry {
  const { name, version, aggressive, proposals, lifetimeSeconds, rekeys } = settings;
  const { localAddress, localId } = shared.get(settings) ?? { localAddress: null, localId: null };
  const rekeySeconds = Math.floor(lifetimeSeconds * REKEY_PART);
  return section(name, [
    ...setting('version', version),
    ...setting('aggressive', aggressive ? 'yes' : null),
    ...setting('local_addrs', localAddress),
    ...setting('proposals', proposals.flatMap(ikeProposals).join(', ')),
    ...setting('unique', 'never'),
    ...setting('keyingtries', 1),
    ...setting('dpd_delay', `${settings.dpdDelaySeconds}s`),
    ...setting('dpd_timeout', settings.dpdTimeoutSeconds === null ? null : `${settings.dpdTimeoutSeconds}s`),
    ...setting('mobike', version === 2 ? 'no' : null),
    ...setting('rekey_time', rekeys ? `${rekeySeconds}s` : 0),
    ...setting('over_time', rekeys ? `${lifetimeSeconds - rekeySeconds}s` : null),
    ...setting('reauth_time', 0),
    section('local', [...auth(settings.localAuth, 'certs'), ...setting('id', localId)]),
    section('remote', auth(settings.remoteAuth, 'cacerts')),
  ]);
}

function auth(method: AuthMethod, key: 'certs' | 'cacerts'): readonly Entry[] {
  if (method.kind === 'psk') return setting('auth', 'psk');
  const name = method.name === null ? '' : `; the original calls it ${method.name}`;
  return [...setting('auth', 'pubkey'), { comment: `${key} = the file of the certificate${name}` }];
}

function childTemplate(settings: ChildSettings): Entry {
  const { name, proposals, lifetimeSeconds, lifetimeBytes, rekeys, mode } = settings;
  return section(name, [
    ...setting('esp_proposals', proposals.flatMap(espProposals).join(', ')),
    ...setting('mode', mode === 'tunnel' ? null : mode),
    ...setting('rekey_time', rekeys ? `${Math.floor(lifetimeSeconds * REKEY_PART)}s` : 0),
    ...setting('life_time', `${lifetimeSeconds}s`),
    ...setting(
      'rekey_bytes',
      lifetimeBytes === null ? null : rekeys ? Math.floor(lifetimeBytes * REKEY_PART) : 0,
    ),
    ...setting('life_bytes', lifetimeBytes),
    ...setting('start_action', 'none'),
    ...setting('close_action', 'none'),
    ...setting('dpd_action', 'none'),
  ]);
}

function connectionSection(connection: Connection, shared: Shared): Entry {
  const { name, settings, localAddress, remoteAddresses, localId, remoteId, children, ifId } = connection;
  const common = shared.get(settings);
  return section(
    name,
    [
      ...setting('local_addrs', common?.localAddress === localAddress ? null : localAddress),
      ...setting('remote_addrs', remoteAddresses.join(', ')),
      ...setting('if_id_in', ifId),
      ...setting('if_id_out', ifId),
      ...(localId === null || common?.localId === localId ? [] : [section('local', setting('id', localId))]),
      ...(remoteId === null ? [] : [section('remote', setting('id', remoteId))]),
      section('children', children.map(childSection)),
    ],
    settings.name,
  );
}

function childSection({ name, settings, local, remote }: Child): Entry {
  return section(
    name,
    [
      ...setting('local_ts', local.length === 0 ? null : local.map(selectorText).join(', ')),
      ...setting('remote_ts', remote.length === 0 ? null : remote.map(selectorText).join(', ')),
    ],
    settings.name,
  );
}
