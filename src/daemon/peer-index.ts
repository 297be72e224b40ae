/**
 * Whom something that charon tells is about: the peer of a connection, or, as long as charon has chosen no
 * connection, every peer at the address that can be called.
 *
 * Knows nothing of what is told.
 */

import type { ListedIkeSa } from './charon.ts';
import type { Peer } from './peer.ts';

export class PeerIndex {
  readonly #byConnection = new Map<string, Peer>();
  readonly #byAddress = new Map<string, Peer[]>();

  /** Takes the place of everything known before. */
  rebuild(all: Iterable<Peer>): void {
    this.#byConnection.clear();
    this.#byAddress.clear();
    for (const peer of all) {
      const { connection, address, setup } = peer.definition;
      if (connection !== null) this.#byConnection.set(connection, peer);
      if (!setup.isCallable) continue;
      const others = this.#byAddress.get(address);
      if (others) others.push(peer);
      else this.#byAddress.set(address, [peer]);
    }
  }

  /** @param connection null while charon hasn't chosen one, so that only the address tells */
  find(connection: string | null, address: string | null): readonly Peer[] {
    if (connection === null) return address === null ? [] : (this.#byAddress.get(address) ?? []);
    const peer = this.#byConnection.get(connection);
    return peer ? [peer] : [];
  }

  /** The IKE_SAs of a list, by peer; those that are nobody's are left out. */
  sort(listed: readonly ListedIkeSa[]): Map<Peer, ListedIkeSa['facts'][]> {
    const sasOf = new Map<Peer, ListedIkeSa['facts'][]>();
    for (const { connection, remoteHost, facts } of listed) {
      for (const peer of this.find(connection, remoteHost)) {
        const sas = sasOf.get(peer);
        if (sas) sas.push(facts);
        else sasOf.set(peer, [facts]);
      }
    }
    return sasOf;
  }
}
