/** The pairs of config-examples/translate: inputs, what they translate to, and the same gateway seen from its peers. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Child, Connection, Gateway, Secret } from '../../src/translate/gateway-model.ts';
import type { SourceText } from '../../src/translate/source-line.ts';
import { type Translation, translate } from '../../src/translate/translate.ts';
import { writeConnections } from '../../src/translate/writers/connections.ts';
import { writeSecrets } from '../../src/translate/writers/secrets.ts';

export const PAIRS_FOLDER = join(import.meta.dirname, '..', '..', 'config-examples', 'translate');

/** Folders that have input. */
export const PAIRS = readdirSync(PAIRS_FOLDER).filter((name) => inputsOf(name).length > 0);

export function inputsOf(name: string): readonly SourceText[] {
  return readdirSync(join(PAIRS_FOLDER, name))
    .filter((file) => file.endsWith('.txt'))
    .sort()
    .map((file) => ({ file, text: readFileSync(join(PAIRS_FOLDER, name, file), 'utf8') }));
}

export function translatePair(name: string): Translation {
  return translate(inputsOf(name));
}

/** A swanctl.conf of everything, with `key` in place of each key that the original had encrypted. */
export function swanctlText(gateway: Pick<Gateway, 'connections' | 'secrets'>, key: string): string {
  const secrets = gateway.secrets.map((secret): Secret => ({ ...secret, value: secret.value ?? key }));
  return writeConnections(gateway) + writeSecrets({ secrets });
}

/** What a test changes about a peer's side. */
export interface MirrorOptions {
  /** The peers that are played; others are left out. */
  readonly peers: readonly string[];
  /** Networks of the child of a peer that the original leaves open, seen from the peer; null: as the original has them. */
  readonly networks?: (peer: string) => { readonly local: string; readonly remote: string } | null;
}

/** The same connections at the peers' ends: addresses, identities and networks change places. Names stay. */
export function mirrored(
  gateway: Gateway,
  { peers, networks }: MirrorOptions,
): Pick<Gateway, 'connections' | 'secrets'> {
  const connections = gateway.connections.flatMap((connection) => {
    const peer = connection.remoteAddresses[0] ?? '';
    return peers.includes(peer) ? [mirror(connection, peer, networks?.(peer) ?? null)] : [];
  });
  return { connections, secrets: gateway.secrets };
}

function mirror(
  connection: Connection,
  peer: string,
  networks: { readonly local: string; readonly remote: string } | null,
): Connection {
  const { localAddress, localId, remoteId, children } = connection;
  const selector = (subnet: string) => [{ subnet, protocol: null, port: null }];
  return {
    ...connection,
    localAddress: peer,
    remoteAddresses: [localAddress ?? '%any'],
    localId: remoteId,
    remoteId: localId,
    ifId: null,
    children: children.map(
      (child): Child => ({
        ...child,
        local: networks === null ? child.remote : selector(networks.local),
        remote: networks === null ? child.local : selector(networks.remote),
      }),
    ),
  };
}
