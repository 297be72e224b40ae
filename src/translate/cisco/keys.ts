/** Pre-shared keys as Cisco prints them: in plain text, encrypted, or hidden. Knows which of them are of use elsewhere. */

/** A key as text, or why there is none. */
export type Key =
  | { readonly value: string; readonly why: null }
  | { readonly value: null; readonly why: string };

const ENCRYPTED: Readonly<Record<string, string>> = {
  '6': 'The original has the key encrypted (type 6, with its own master key)',
  '7': 'The original has the key encrypted (type 7)',
  '8': 'The original has the key encrypted (with its master passphrase)',
};

/** @param type the number or word in front of the key, if there is one: 0 is plain text */
export function readKey(type: string | undefined, text: string): Key {
  if (/^\*+$/.test(text)) return { value: null, why: 'The original hides the key' };
  if (type === undefined || type === '0') return { value: text, why: null };
  if (type.toLowerCase() === 'hex') {
    return { value: null, why: 'The original has the key in hexadecimal: write it as 0x and the digits' };
  }
  return { value: null, why: ENCRYPTED[type] ?? `The original has the key encrypted (type ${type})` };
}
