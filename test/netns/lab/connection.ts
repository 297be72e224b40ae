/**
 * Connections as charon gets them: what a scenario doesn't say has a plain, safe default. Keys are swanctl.conf's own.
 *
 * Defaults: IKEv2, pre-shared key, `unique = never` and DPD (what afteryou asks for), one child `net`, one cheap proposal,
 * no rekeying, and nothing that starts by itself.
 */
import type { Family, Host, ManyPeer } from './hosts.ts';
import { merge, type Settings, settingsText } from './settings-text.ts';

export interface Connection {
  readonly name: string;
  readonly settings: Settings;
  /** IKE identities that share the secret. */
  readonly ids: readonly [string, string];
  readonly secret: string;
}

export interface ConnectionOptions {
  readonly name?: string;
  /** Family of the outer addresses; default IPv4. */
  readonly family?: Family;
  /** Family of the networks behind the gateways; default that of the outer addresses. */
  readonly innerFamily?: Family;
  /** Over the connection's defaults; `null` takes one away. */
  readonly settings?: Settings;
  /** By name, each over the defaults of a child; default one child, `net`. */
  readonly children?: Readonly<Record<string, Settings>>;
  readonly secret?: string;
}

interface End {
  readonly address: string;
  readonly id: string;
  readonly subnet: string;
}

const SECRET = 'not a secret: only in the lab';

const CONNECTION_DEFAULTS: Settings = {
  version: 2,
  proposals: 'aes128-sha256-x25519',
  unique: 'never',
  dpd_delay: '30s',
  keyingtries: 1,
  rekey_time: 0,
  reauth_time: 0,
};

const CHILD_DEFAULTS: Settings = {
  esp_proposals: 'aes128-sha256',
  rekey_time: 0,
  start_action: 'none',
  close_action: 'none',
  dpd_action: 'none',
};

/** The connection at `local` to `remote`; named after `remote` unless told otherwise. */
export function connectionBetween(local: Host, remote: Host, options: ConnectionOptions = {}): Connection {
  const outer = options.family ?? 'ipv4';
  const inner = options.innerFamily ?? outer;
  return build(
    options.name ?? remote.name,
    { address: local[outer].outer, id: local.name, subnet: local[inner].subnet },
    { address: remote[outer].outer, id: remote.name, subnet: remote[inner].subnet },
    options,
  );
}

/** Moon's connection to one of many peers, named after the peer. */
export function connectionToPeer(moon: Host, peer: ManyPeer, options: ConnectionOptions = {}): Connection {
  return build(options.name ?? peer.name, moonEnd(moon, peer), peerEnd(peer), withoutMobike(options));
}

/** The peer's connection to moon, at sun, with the peer's name too: one charon holds all of them. */
export function connectionOfPeer(moon: Host, peer: ManyPeer, options: ConnectionOptions = {}): Connection {
  return build(options.name ?? peer.name, peerEnd(peer), moonEnd(moon, peer), withoutMobike(options));
}

/** All connections and their secrets as a swanctl.conf. */
export function swanctlConf(connections: readonly Connection[]): string {
  return settingsText({
    connections: Object.fromEntries(connections.map(({ name, settings }) => [name, settings])),
    secrets: Object.fromEntries(
      connections.map(({ name, ids, secret }) => [`ike-${name}`, { 'id-1': ids[0], 'id-2': ids[1], secret }]),
    ),
  });
}

function build(name: string, local: End, remote: End, options: ConnectionOptions): Connection {
  const child = merge(CHILD_DEFAULTS, { local_ts: local.subnet, remote_ts: remote.subnet });
  const children = Object.entries(options.children ?? { net: {} });
  const ends: Settings = {
    local_addrs: local.address,
    remote_addrs: remote.address,
    local: { auth: 'psk', id: local.id },
    remote: { auth: 'psk', id: remote.id },
    children: Object.fromEntries(children.map(([childName, over]) => [childName, merge(child, over)])),
  };
  return {
    name,
    settings: merge(merge(CONNECTION_DEFAULTS, ends), options.settings ?? {}),
    ids: [local.id, remote.id],
    secret: options.secret ?? SECRET,
  };
}

function moonEnd(moon: Host, peer: ManyPeer): End {
  return { address: moon.ipv4.outer, id: moon.name, subnet: `${peer.innerMoon}/32` };
}

function peerEnd(peer: ManyPeer): End {
  return { address: peer.outer, id: peer.name, subnet: `${peer.innerSun}/32` };
}

/** With MOBIKE each peer would tell of all addresses of sun as its own (RFC 4555, 3.4). */
function withoutMobike(options: ConnectionOptions): ConnectionOptions {
  return { ...options, settings: merge({ mobike: false }, options.settings ?? {}) };
}
