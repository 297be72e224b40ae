/**
 * Addresses of peers as text: hosts, subnets, ranges and wildcards, each in one canonical form.
 *
 * Strictness comes from `net.isIP`: ipaddr.js alone reads 010.0.0.1 as 8.0.0.1 and 1.2.3 as 1.2.0.3.
 * Knows nothing of lists or services.
 */
import { isIP } from 'node:net';
import ipaddr from 'ipaddr.js';
import type { Parsed } from './durations.ts';
import type { Family, PeerListEntry } from './model.ts';

/** What one address text stands for; an entry of a peer list without its place. */
export type AddressRange = Omit<PeerListEntry, 'origin'>;

interface Host {
  readonly text: string;
  readonly family: Family;
  readonly value: bigint;
}

/** Longest text that can be an entry: a range of two full IPv6 addresses. */
const ADDRESS_TEXT_MAX = 2 * 45 + 3;

const BITS = { ipv4: 32, ipv6: 128 } as const satisfies Record<Family, number>;

/** The wildcards of strongSwan's `remote_addrs`; null = the family of the list. 0.0.0.0 and :: mean the same there. */
const WILDCARDS: ReadonlyMap<string, Family | null> = new Map<string, Family | null>([
  ['%any', null],
  ['%any4', 'ipv4'],
  ['%any6', 'ipv6'],
]);

const FORMS = 'Write a host (192.0.2.1), a subnet (192.0.2.0/24), a range (192.0.2.1-192.0.2.9) or "%any".';

function fail(message: string, remedy: string): Parsed<never> {
  return { ok: false, code: 'bad-address', message, remedy };
}

/** The form of RFC 5952, as charon prints it and as list-sas carries it. */
function show(address: ipaddr.IPv4 | ipaddr.IPv6): string {
  return address instanceof ipaddr.IPv6 ? address.toRFC5952String() : address.toString();
}

/** One strict address, or null. An IPv4 address in IPv6 clothes (::ffff:192.0.2.1) is the IPv4 address. */
function parseHost(text: string): Host | null {
  // A zone (fe80::1%eth0) passes isIP, but charon shows addresses without it: two hosts would look alike.
  if (isIP(text) === 0 || text.includes('%')) return null;
  // ipaddr.js takes ::192.0.2.1 (the old "compatible" form) for ::ffff:192.0.2.1; with one group more it doesn't.
  const address = ipaddr.process(text.replace(/^::(?=\d+\.)/, '::0:'));
  const value = address.toByteArray().reduce((sum, byte) => (sum << 8n) | BigInt(byte), 0n);
  const canonical = show(address);
  return { text: canonical, family: address.kind(), value };
}

function hostRange(host: Host): AddressRange {
  return {
    kind: 'host',
    text: host.text,
    family: host.family,
    first: host.value,
    last: host.value,
    passive: false,
  };
}

function wildcard(family: Family, text: string): AddressRange {
  return { kind: 'any', text, family, first: 0n, last: (1n << BigInt(BITS[family])) - 1n, passive: true };
}

/** The address with this number, as text. */
function showValue(value: bigint, family: Family): string {
  const bytes = Array.from({ length: BITS[family] / 8 }, (_, index) =>
    Number((value >> BigInt(BITS[family] - 8 * (index + 1))) & 0xffn),
  );
  return show(ipaddr.fromByteArray(bytes));
}

function parseSubnet(text: string, hostText: string, prefixText: string): Parsed<AddressRange> {
  const host = parseHost(hostText);
  if (host === null) return fail(`'${text}' is not a subnet`, FORMS);
  const bits = BITS[host.family];
  const prefix = /^(?:0|[1-9]\d{0,2})$/.test(prefixText) ? Number(prefixText) : -1;
  // ::ffff:192.0.2.0/120 has become an IPv4 address while its prefix counts IPv6 bits.
  if (prefix < 0 || prefix > bits || hostText.toLowerCase().startsWith('::ffff:')) {
    return fail(`'${text}': the prefix length must be 0..${bits}`, FORMS);
  }
  if (prefix === bits) return { ok: true, value: hostRange(host) };
  const size = 1n << BigInt(bits - prefix);
  const first = (host.value / size) * size;
  const subnet = `${showValue(first, host.family)}/${prefix}`;
  if (first !== host.value) {
    return fail(
      `'${text}' has bits set behind its prefix`,
      `Write ${subnet} for the subnet or ${host.text} for the host.`,
    );
  }
  if (prefix === 0)
    return { ok: true, value: wildcard(host.family, host.family === 'ipv4' ? '%any4' : '%any6') };
  return {
    ok: true,
    value: {
      kind: 'subnet',
      text: subnet,
      family: host.family,
      first,
      last: first + size - 1n,
      passive: true,
    },
  };
}

function parseRange(text: string, fromText: string, toText: string): Parsed<AddressRange> {
  const from = parseHost(fromText);
  const to = parseHost(toText);
  if (from === null || to === null || from.family !== to.family)
    return fail(`'${text}' is not a range of addresses`, FORMS);
  if (from.value > to.value) return fail(`'${text}' runs backwards`, `Write ${to.text}-${from.text}.`);
  if (from.value === to.value) return { ok: true, value: hostRange(from) };
  return {
    ok: true,
    value: {
      kind: 'range',
      text: `${from.text}-${to.text}`,
      family: from.family,
      first: from.value,
      last: to.value,
      passive: true,
    },
  };
}

/**
 * Reads one entry of a peer list.
 *
 * @param family what a bare `%any` stands for
 * @returns the canonical entry, of whatever family it is written in; or `bad-address` with a remedy
 */
export function parseAddress(text: string, family: Family): Parsed<AddressRange> {
  if (text.length > ADDRESS_TEXT_MAX)
    return fail(`'${text.slice(0, 40)}...' is too long for an address`, FORMS);
  const wild = WILDCARDS.get(text.toLowerCase());
  if (wild !== undefined) {
    const of = wild ?? family;
    return { ok: true, value: wildcard(of, of === 'ipv4' ? '%any4' : '%any6') };
  }
  const host = parseHost(text);
  if (host !== null) {
    return {
      ok: true,
      value:
        host.value === 0n
          ? wildcard(host.family, host.family === 'ipv4' ? '%any4' : '%any6')
          : hostRange(host),
    };
  }
  const slash = text.indexOf('/');
  if (slash >= 0) return parseSubnet(text, text.slice(0, slash), text.slice(slash + 1));
  const dash = text.indexOf('-');
  if (dash >= 0) {
    const range = parseRange(text, text.slice(0, dash).trim(), text.slice(dash + 1).trim());
    // gw-1.example.net has a dash as well.
    if (range.ok || !/[g-z]/i.test(text)) return range;
  }
  if (text.includes('%')) {
    return fail(`'${text}' has a zone`, 'Write the address without its zone; charon does not show zones.');
  }
  if (/^[\d.]+$/.test(text))
    return fail(`'${text}' is not an IPv4 address`, 'Write four numbers of 0..255 without leading zeros.');
  if (/[a-z]\.|\.[a-z]|[g-z]/i.test(text)) {
    return fail(`'${text}' is not an address`, `Names of hosts are not looked up. ${FORMS}`);
  }
  return fail(`'${text}' is not an address`, FORMS);
}

/**
 * Reads the address of one host, in canonical form and with its family.
 *
 * @returns null for anything else, wildcards included
 */
export function parseHostAddress(text: string): { readonly text: string; readonly family: Family } | null {
  const host = parseHost(text);
  return host === null || host.value === 0n ? null : { text: host.text, family: host.family };
}

/** True if the host address (any spelling) is this entry's address or lies within it; false for what isn't an address. */
export function entryContains(entry: AddressRange, address: string): boolean {
  const host = parseHost(address);
  return (
    host !== null && host.family === entry.family && host.value >= entry.first && host.value <= entry.last
  );
}
