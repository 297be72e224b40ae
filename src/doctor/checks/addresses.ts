/** What stands in `remote_addrs`: something that charon can call, or something that only answers. */
import { parseAddress } from '../../config/addresses.ts';

/** A single address, or the name of a host. */
export function isHost(text: string): boolean {
  const parsed = parseAddress(text, 'ipv4');
  return parsed.ok ? parsed.value.kind === 'host' : /^[A-Za-z0-9]/.test(text) && !/[/%]/.test(text);
}

/** A single address in numbers. */
export function isAddress(text: string): boolean {
  const parsed = parseAddress(text, 'ipv4');
  return parsed.ok && parsed.value.kind === 'host';
}

/** A subnet, a range or a wildcard. */
export function isWildcard(text: string): boolean {
  return !isHost(text);
}

/** Canonical text where it is an address. */
export function canonicalAddress(text: string): string {
  const parsed = parseAddress(text, 'ipv4');
  return parsed.ok ? parsed.value.text : text.toLowerCase();
}

/** Whether two lists of local or remote addresses can name the same host. */
export function canMeet(a: readonly string[], b: readonly string[]): boolean {
  return a.some((one) => b.some((other) => meets(one, other)));
}

function meets(a: string, b: string): boolean {
  const [one, other] = [parseAddress(a, 'ipv4'), parseAddress(b, 'ipv4')];
  if (a.toLowerCase() === '%any' || b.toLowerCase() === '%any') return true;
  // A name of a host may be any address.
  if (!one.ok || !other.ok) return one.ok === other.ok ? a.toLowerCase() === b.toLowerCase() : true;
  if (one.value.family !== other.value.family) return false;
  return one.value.first <= other.value.last && other.value.first <= one.value.last;
}
