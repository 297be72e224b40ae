/**
 * Whose pre-shared key a secret is, so that charon picks the right one of many.
 *
 * charon takes the secret whose identities fit the peer best, then those that fit itself best. In IKEv1's main mode it
 * doesn't know yet who a peer without a connection of its own is, and takes any secret that names us: so only keys that
 * differ by direction name us. Measured on 5.9.8 and 6.0.1: a network (`192.0.2.0/24`) fits the addresses in it.
 */
import type { SourceLine } from '../source-line.ts';
import type { Key } from './keys.ts';
import type { Network } from './networks.ts';
import type { PlannedSecret } from './plan.ts';

export interface KeyHolder {
  readonly at: SourceLine;
  /** What tells it from the other secrets of its connection. */
  readonly suffix: string;
  readonly localId: string | null;
  /** Identity or network of the peer; null: anybody. */
  readonly remote: string | null;
}

/** A network as an identity; null for one that holds everybody. */
export function networkId({ cidr }: Network): string | null {
  return cidr.endsWith('/0') ? null : cidr.replace(/\/(?:32|128)$/, '');
}

/** One key for both directions. */
export function sharedSecret({ at, suffix, remote }: KeyHolder, key: Key): PlannedSecret {
  return { at, suffix, ids: remote === null ? [] : [remote], key };
}

/** A key with which we sign and one that the peer signs with: ours fits both ends, so it is the better fit for signing. */
export function directedSecrets(holder: KeyHolder, ours: Key, theirs: Key): readonly PlannedSecret[] {
  if (ours.value === theirs.value && ours.value !== null) return [sharedSecret(holder, ours)];
  const { at, suffix, localId, remote } = holder;
  const peer = remote ?? '%any';
  return [
    { at, suffix, ids: localId === null ? [peer] : [localId, peer], key: ours },
    { at, suffix: `${suffix}-remote`, ids: [peer], key: theirs },
  ];
}
