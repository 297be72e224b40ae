/** Algorithms by the names of IOS and ASA as strongSwan's keywords. Which are weak is said in ../algorithms.ts. */
import { GROUPS } from '../algorithms.ts';

const ENCRYPTION: ReadonlyMap<string, string> = new Map([
  ['des', 'des'],
  ['3des', '3des'],
  ['null', 'null'],
  ...[128, 192, 256].flatMap((bits): [string, string][] => [
    [`aes-${bits}`, `aes${bits}`],
    [`aes-cbc-${bits}`, `aes${bits}`],
    [`aes-gcm-${bits}`, `aes${bits}gcm16`],
    [`gcm-${bits}`, `aes${bits}gcm16`],
    [`gmac-${bits}`, `aes${bits}gmac`],
    [`aes-gmac-${bits}`, `aes${bits}gmac`],
  ]),
  // Without a length it is 128 bits.
  ['aes', 'aes128'],
  ['aes-gcm', 'aes128gcm16'],
  ['gcm', 'aes128gcm16'],
  ['gmac', 'aes128gmac'],
  ['aes-gmac', 'aes128gmac'],
]);

const INTEGRITY: ReadonlyMap<string, string> = new Map([
  ['md5', 'md5'],
  ['sha', 'sha1'],
  ['sha1', 'sha1'],
  ['sha-1', 'sha1'],
  ...[256, 384, 512].flatMap((bits): [string, string][] => [
    [`sha${bits}`, `sha${bits}`],
    [`sha-${bits}`, `sha${bits}`],
  ]),
]);

/** `14` or `group14`; null if strongSwan has no such group. */
export function groupKeyword(text: string): string | null {
  const number = /^(?:group)?(\d{1,2})$/i.exec(text)?.[1];
  return number === undefined ? null : (GROUPS.get(number) ?? null);
}

/** @param bits the length where it is a word of its own (`aes 256`) */
export function encryptionKeyword(name: string, bits?: string): string | null {
  return ENCRYPTION.get((bits === undefined ? name : `${name}-${bits}`).toLowerCase()) ?? null;
}

export function integrityKeyword(name: string): string | null {
  return INTEGRITY.get(name.toLowerCase()) ?? null;
}

/**
 * Each word of a list as a keyword.
 *
 * @returns null when one of them is unknown
 */
export function keywords(list: string, keyword: (word: string) => string | null): readonly string[] | null {
  const words = list.trim().split(/\s+/).map(keyword);
  return words.every((word) => word !== null) ? [...new Set(words)] : null;
}
