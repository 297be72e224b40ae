/** Which address of its own an IOS gateway uses for a crypto map or a tunnel. */
import type { Fact } from '../cisco/commands.ts';
import { hostValue } from '../cisco/networks.ts';
import type { IosFacts } from './collect.ts';
import type { Interface } from './facts.ts';

export interface LocalEnd {
  /** Null: unknown, or given by the network. */
  readonly address: string | null;
  /** The lines that say so. */
  readonly sources: readonly Fact[];
}

/** The address of an interface of the family that `peer` has, or what is an address itself. */
export function addressOf(name: string | null, peer: string | null, facts: IosFacts): LocalEnd {
  if (name === null) return { address: null, sources: [] };
  if (hostValue(name) !== null) return { address: name, sources: [] };
  const found = facts.interfaces.get(name);
  if (found === undefined) return { address: null, sources: [] };
  const isIpv6 = peer?.includes(':') === true;
  const address = found.addresses.find((candidate) => candidate.includes(':') === isIpv6);
  return { address: address?.split('/')[0] ?? null, sources: [addressLines(found)] };
}

/** Of an interface only its name and addresses: a crypto map on it is told apart. */
function addressLines({ at, lines }: Interface): Fact {
  return { at, lines: lines.filter((line) => line === at || /^ipv?6? address /i.test(line.text)) };
}

/** The local end of a crypto map. */
export interface MapEnd extends LocalEnd {
  /** On an interface at all. */
  readonly isApplied: boolean;
  /** On several with different addresses. */
  readonly isAmbiguous: boolean;
}

/** The local ends of all crypto maps; each is looked for once per family. */
export class MapEnds {
  readonly #facts: IosFacts;
  readonly #known = new Map<string, MapEnd>();

  constructor(facts: IosFacts) {
    this.#facts = facts;
  }

  /** @param peer decides the family; null: IPv4 */
  of(map: string, peer: string | null): MapEnd {
    const key = `${peer?.includes(':') === true ? 6 : 4} ${map}`;
    const found = this.#known.get(key) ?? mapEnd(map, peer, this.#facts);
    this.#known.set(key, found);
    return found;
  }
}

/** Where a crypto map stands: its `local-address`, else the interfaces that it is on. */
function mapEnd(map: string, peer: string | null, facts: IosFacts): MapEnd {
  const on = [...facts.interfaces.values()].flatMap((found) =>
    found.cryptoMaps.filter(({ name }) => name === map).map(({ line }) => ({ found, line })),
  );
  const applied = on.map(
    ({ found, line }): Fact => ({ at: found.at, lines: line === null ? [found.at] : [found.at, line] }),
  );
  const local = facts.globals.localAddressOf.get(map);
  if (local !== undefined) {
    const end = addressOf(local.interfaceName, peer, facts);
    return {
      ...end,
      sources: [local, ...end.sources, ...applied],
      isApplied: on.length > 0,
      isAmbiguous: false,
    };
  }
  const ends = on.map(({ found }) => addressOf(found.name, peer, facts));
  const addresses = new Set(ends.flatMap(({ address }) => (address === null ? [] : [address])));
  return {
    address: addresses.size === 1 ? ([...addresses][0] ?? null) : null,
    sources: [...ends.flatMap(({ sources }) => sources), ...applied],
    isApplied: on.length > 0,
    isAmbiguous: addresses.size > 1,
  };
}
