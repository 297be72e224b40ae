/**
 * Reads a listing of all IKE_SAs with the listing before it in mind: most SAs are as they were, in the order in which they
 * were, and of those nothing is read or made anew. (Strings and objects are nearly the whole price of reading 1,000 SAs.)
 *
 * Knows nothing of how a listing is asked for.
 */

import { isDeepStrictEqual } from 'node:util';
import { type IkeSaFacts, Imprint, type MessageCursor, NameSet, readListSa } from '../vici/index.ts';
import type { ListedIkeSa } from './charon.ts';
import { listedIkeSa } from './translate-facts.ts';

/** Most SAs that are remembered of a listing, some 2 KiB each. */
const REMEMBERED_MAX = 16_384;

/** Values that differ in each listing: of no interest to us, but that packets were received at all (R6, R9). */
const PACKETS_IN = 'packets-in';
const VARYING = new NameSet(
  'established',
  'rekey-time',
  'reauth-time',
  'life-time',
  'install-time',
  'bytes-in',
  PACKETS_IN,
  'use-in',
  'bytes-out',
  'packets-out',
  'use-out',
);

/** An IKE_SA of the listing before: how charon told it, and what was made of that. */
export interface RememberedIkeSa {
  readonly imprint: Imprint;
  readonly sa: IkeSaFacts;
  /** Of each CHILD_SA in `sa`. */
  readonly packetsIn: readonly number[];
  readonly listed: ListedIkeSa;
}

export class ListingReader {
  readonly #before: readonly RememberedIkeSa[];
  readonly #listed: ListedIkeSa[] = [];
  readonly #remembered: RememberedIkeSa[] = [];
  /** Where in the listing before the SA is likely to be that comes next. */
  #next = 0;
  #places: ReadonlyMap<string, number> | undefined;

  /** @param before what the reader of the listing before remembered */
  constructor(before: readonly RememberedIkeSa[] = []) {
    this.#before = before;
  }

  /** The IKE_SAs read so far. */
  get listed(): readonly ListedIkeSa[] {
    return this.#listed;
  }

  /** For the reader of the next listing. */
  get remembered(): readonly RememberedIkeSa[] {
    return this.#remembered;
  }

  /** Reads one item. @throws VICI_PROTOCOL */
  read(item: MessageCursor): void {
    const known = this.#known(item);
    if (known === undefined) {
      this.#readInFull(item);
    } else {
      this.#next++;
      this.#listed.push(known.listed);
      this.#remember(known);
    }
  }

  /** The SA that comes next, if it was that in the listing before too and says nothing new but numbers. */
  #known(item: MessageCursor): RememberedIkeSa | undefined {
    const guess = this.#before[this.#next];
    const packetsIn = guess?.imprint.countsOf(item, guess.packetsIn);
    if (guess === undefined || packetsIn === undefined) return undefined;
    if (packetsIn.every((count, place) => count > 0 === (guess.packetsIn[place] ?? 0) > 0)) return guess;
    const { imprint, sa } = guess;
    return { imprint, sa, packetsIn, listed: listedIkeSa(sa, packetsIn) };
  }

  #readInFull(item: MessageCursor): void {
    const imprint = new Imprint(item, VARYING, PACKETS_IN);
    const sa = readListSa(item);
    const listed = listedIkeSa(sa);
    this.#listed.push(listed);
    this.#next = this.#placeAfter(sa.uniqueid);
    // charon tells them once for each CHILD_SA, in their order; if ever it doesn't, only reading in full tells whose they are.
    const packetsIn = sa.children.map((child) => child.packetsIn);
    if (isDeepStrictEqual(packetsIn, imprint.countsOf(item.restart()))) {
      this.#remember({ imprint, sa, packetsIn, listed });
    }
  }

  #remember(sa: RememberedIkeSa): void {
    if (this.#remembered.length < REMEMBERED_MAX) this.#remembered.push(sa);
  }

  /** The place after that of this SA in the listing before; if it is a new one, what was expected is still to come. */
  #placeAfter(uniqueid: string): number {
    this.#places ??= new Map(this.#before.map(({ sa }, place) => [sa.uniqueid, place]));
    const place = this.#places.get(uniqueid);
    return place === undefined ? this.#next : place + 1;
  }
}
