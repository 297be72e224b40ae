/**
 * Reads a listing of all connections with the listing before it in mind: they rarely change, and nothing of one that is told in
 * the same bytes is read again. If all are, the list is the very one of before, and whoever gets it has nothing to do.
 *
 * Knows nothing of how a listing is asked for.
 */

import { type ConnectionFacts, type MessageCursor, readConnection } from '../vici/index.ts';

/** Most connections that are remembered, with some 0.5 to 1 KiB each. */
const REMEMBERED_MAX = 16_384;

interface RememberedConnection {
  readonly bytes: Buffer;
  readonly facts: ConnectionFacts;
}

export interface RememberedConnections {
  readonly all: readonly ConnectionFacts[];
  readonly items: readonly RememberedConnection[];
}

export const NO_CONNECTIONS: RememberedConnections = { all: [], items: [] };

export class ConnectionReader {
  readonly #before: RememberedConnections;
  readonly #items: RememberedConnection[] = [];
  readonly #all: ConnectionFacts[] = [];
  #isSame = true;

  /** @param before what the reader of the listing before remembered */
  constructor(before: RememberedConnections = NO_CONNECTIONS) {
    this.#before = before;
  }

  /** Reads one item. @throws VICI_PROTOCOL */
  read(item: MessageCursor): void {
    const place = this.#all.length;
    const guess = this.#before.items[place];
    const known = guess?.bytes.equals(item.bytes) === true ? guess : undefined;
    this.#isSame &&= known !== undefined;
    const read = known ?? { bytes: Buffer.from(item.bytes), facts: readConnection(item) };
    this.#all.push(read.facts);
    if (place < REMEMBERED_MAX) this.#items.push(read);
  }

  /** All connections read, and for the reader of the next listing. */
  get remembered(): RememberedConnections {
    const { all } = this.#before;
    const isSame = this.#isSame && this.#all.length === all.length;
    return { all: isSame ? all : this.#all, items: this.#items };
  }
}
