/**
 * Addresses as access lists write them (mask, wildcard, host, range, prefix) as CIDR networks.
 *
 * Knows numbers and text, nothing of commands. What would become too many networks is refused, not cut.
 */
import { parseAddress, parseHostAddress } from '../../config/addresses.ts';
import type { Family } from '../../config/model.ts';

/** A contiguous piece of address space, a power of two long and aligned: it is one CIDR. */
export interface Network {
  readonly family: Family;
  /** `10.1.0.0/16`; hosts are written `/32` and `/128`. */
  readonly cidr: string;
  readonly first: bigint;
  readonly last: bigint;
}

/** One range or one scattered wildcard may not become more networks than this. */
export const NETWORKS_MAX = 64;

const BITS = { ipv4: 32, ipv6: 128 } as const satisfies Record<Family, number>;

export const ANY_IPV4: Network = { family: 'ipv4', cidr: '0.0.0.0/0', first: 0n, last: (1n << 32n) - 1n };
export const ANY_IPV6: Network = { family: 'ipv6', cidr: '::/0', first: 0n, last: (1n << 128n) - 1n };

/** A host in any spelling; also 0.0.0.0 and ::, which some commands take for "any". null: it is none. */
export function hostValue(text: string): { readonly family: Family; readonly value: bigint } | null {
  const parsed = parseAddress(text, 'ipv4');
  if (!parsed.ok || parsed.value.kind === 'range' || parsed.value.kind === 'subnet') return null;
  if (parsed.value.kind === 'any') {
    return /^[\d.:]+$/.test(text) ? { family: parsed.value.family, value: 0n } : null;
  }
  // `192.0.2.1/32` is a host to the configuration, but not here.
  return text.includes('/') || parseHostAddress(text) === null
    ? null
    : { family: parsed.value.family, value: parsed.value.first };
}

/** The network of one host, or null. */
export function hostNetwork(text: string): Network | null {
  const host = hostValue(text);
  return host === null ? null : network(host.family, host.value, BITS[host.family]);
}

/** `10.1.0.0/16` or `2001:db8::/32`; bits behind the prefix are cut off, as the originals do. null: it is none. */
export function prefixNetwork(text: string): Network | null {
  const [hostText = '', prefixText = '', ...more] = text.split('/');
  const host = hostValue(hostText);
  if (host === null || more.length > 0 || !/^(?:0|[1-9]\d{0,2})$/.test(prefixText)) return null;
  const prefix = Number(prefixText);
  return prefix > BITS[host.family] ? null : network(host.family, host.value, prefix);
}

/** Address and mask (`255.255.0.0`); null if one of them is none or the mask isn't contiguous. */
export function maskNetwork(addressText: string, maskText: string): Network | null {
  const address = hostValue(addressText);
  const prefix = prefixOfMask(maskText);
  return address?.family === 'ipv4' && prefix !== null ? network('ipv4', address.value, prefix) : null;
}

/** The length of a contiguous IPv4 mask; null for anything else. */
export function prefixOfMask(maskText: string): number | null {
  const mask = hostValue(maskText);
  if (mask === null || mask.family !== 'ipv4') return null;
  const hostBits = ANY_IPV4.last ^ mask.value;
  return (hostBits & (hostBits + 1n)) === 0n ? 32 - lengthOf(hostBits) : null;
}

/**
 * Address and wildcard (`0.0.255.255`: set bits don't count). One that is scattered, such as `0.0.3.0`, becomes
 * several networks.
 *
 * @returns null if it is no address and wildcard, or takes more than {@link NETWORKS_MAX} networks
 */
export function wildcardNetworks(addressText: string, wildcardText: string): readonly Network[] | null {
  const address = hostValue(addressText);
  const wildcard = hostValue(wildcardText);
  if (address?.family !== 'ipv4' || wildcard?.family !== 'ipv4') return null;
  // The ones at the low end are the host part; each other one doubles the networks.
  const low = wildcard.value & ~(wildcard.value + 1n);
  let starts = [address.value & ~wildcard.value];
  for (let bit = 31n; bit >= 0n; bit -= 1n) {
    const mask = 1n << bit;
    if ((wildcard.value & mask) === 0n || (low & mask) !== 0n) continue;
    if (starts.length * 2 > NETWORKS_MAX) return null;
    starts = starts.flatMap((start) => [start, start | mask]);
  }
  return starts.map((start) => network('ipv4', start, 32 - lengthOf(low)));
}

/**
 * The networks that make up exactly the addresses from `firstText` to `lastText`.
 *
 * @returns null if it is no range, or takes more than {@link NETWORKS_MAX} networks
 */
export function rangeNetworks(firstText: string, lastText: string): readonly Network[] | null {
  const from = hostValue(firstText);
  const to = hostValue(lastText);
  if (from === null || to === null || from.family !== to.family || from.value > to.value) return null;
  const bits = BITS[from.family];
  const found: Network[] = [];
  let next = from.value;
  while (next <= to.value) {
    if (found.length === NETWORKS_MAX) return null;
    let size = 0;
    while (size < bits && isAligned(next, size + 1) && next + (1n << BigInt(size + 1)) - 1n <= to.value) {
      size += 1;
    }
    found.push(network(from.family, next, bits - size));
    next += 1n << BigInt(size);
  }
  return found;
}

/** True if the two have an address in common. */
export function overlap(a: Network, b: Network): boolean {
  return a.family === b.family && a.first <= b.last && b.first <= a.last;
}

function network(family: Family, value: bigint, prefix: number): Network {
  const size = 1n << BigInt(BITS[family] - prefix);
  const first = (value / size) * size;
  return { family, cidr: `${showHost(family, first)}/${prefix}`, first, last: first + size - 1n };
}

function isAligned(value: bigint, bits: number): boolean {
  return (value & ((1n << BigInt(bits)) - 1n)) === 0n;
}

function lengthOf(ones: bigint): number {
  return ones === 0n ? 0 : ones.toString(2).length;
}

function showHost(family: Family, value: bigint): string {
  if (family === 'ipv4') {
    return [24n, 16n, 8n, 0n].map((shift) => String((value >> shift) & 0xffn)).join('.');
  }
  const groups = Array.from({ length: 8 }, (_, index) =>
    ((value >> BigInt(112 - 16 * index)) & 0xffffn).toString(16),
  );
  const text = groups.join(':');
  return parseHostAddress(text)?.text ?? (value === 0n ? '::' : text);
}
