/**
 * Whether traffic selectors of two ends have anything in common.
 *
 * `dynamic` is the outer address of the end that it stands for, or whatever it gets; protocols and ports are
 * compared where both name one.
 */
import { parseAddress } from '../../config/addresses.ts';

interface Selector {
  readonly range: { readonly family: string; readonly first: bigint; readonly last: bigint } | null;
  readonly protocol: string | null;
  readonly port: string | null;
}

function parse(text: string): Selector {
  const [, address = '', protocol, port] =
    /^([^[\]]*)(?:\[([^/\]]*)(?:\/([^\]]*))?\])?$/.exec(text.trim()) ?? [];
  const parsed = parseAddress(address, 'ipv4');
  return {
    range: parsed.ok ? parsed.value : null,
    protocol: named(protocol),
    port: named(port),
  };
}

function named(word: string | undefined): string | null {
  const lower = word?.toLowerCase() ?? '';
  return lower === '' || lower === '%any' || lower === '0' || lower === 'any' ? null : lower;
}

function meet(a: Selector, b: Selector): boolean {
  // A number and a name may be the same thing: 6 is tcp.
  const isNumber = (word: string): boolean => /^[\d-]+$/.test(word);
  const clash = (one: string | null, other: string | null): boolean =>
    one !== null && other !== null && one !== other && isNumber(one) === isNumber(other);
  if (clash(a.protocol, b.protocol) || clash(a.port, b.port)) return false;
  if (a.range === null || b.range === null) return true;
  if (a.range.family !== b.range.family) return false;
  return a.range.first <= b.range.last && b.range.first <= a.range.last;
}

/** True if some selector of the one list overlaps some of the other. */
export function selectorsMeet(a: readonly string[], b: readonly string[]): boolean {
  const theirs = b.map(parse);
  return a.map(parse).some((one) => theirs.some((other) => meet(one, other)));
}
