/** Things that are for hosts or networks, and which of them is for a host: the one with the smallest network. */
import { hostValue, type Network } from './networks.ts';

/** Networks that are more than a host are tried one by one; more of them are not looked at. */
const WIDE_MAX = 1_000;

interface Wide<Item> {
  readonly network: Network;
  readonly item: Item;
}

export class BestMatch<Item> {
  readonly #hosts = new Map<string, Item>();
  readonly #wide: Wide<Item>[] = [];

  /** Of several for the same host the last counts. */
  constructor(entries: Iterable<readonly [Network, Item]>) {
    for (const [network, item] of entries) {
      if (network.first === network.last) this.#hosts.set(keyOf(network.family, network.first), item);
      else if (this.#wide.length < WIDE_MAX) this.#wide.push({ network, item });
    }
    this.#wide.sort((a, b) => Number(sizeOf(a.network) - sizeOf(b.network)));
  }

  /** What is for this host; undefined: nothing. */
  find(host: string): Item | undefined {
    const value = hostValue(host);
    if (value === null) return undefined;
    const exact = this.#hosts.get(keyOf(value.family, value.value));
    if (exact !== undefined) return exact;
    return this.#wide.find(
      ({ network }) =>
        network.family === value.family && network.first <= value.value && value.value <= network.last,
    )?.item;
  }

  /** What is for more than a host, each once, the smallest network first. */
  get wide(): readonly Item[] {
    return [...new Set(this.#wide.map(({ item }) => item))];
  }
}

function keyOf(family: string, value: bigint): string {
  return `${family} ${value}`;
}

function sizeOf({ first, last }: Network): bigint {
  return last - first;
}
