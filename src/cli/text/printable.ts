/**
 * Texts that are safe on a terminal.
 *
 * Names and errors come from charon and so, in part, from peers: an escape sequence among them must not reach
 * the terminal of an operator. Also left out are the characters that turn the direction of writing.
 */

const UNSAFE = /[\p{Cc}\u200e\u200f\u2028-\u202e\u2066-\u2069]/gu;

/** The text with control characters written out, as in `\x1b`. */
export function printable(text: string): string {
  return text.replace(UNSAFE, (character) => {
    const code = character.charCodeAt(0);
    return code < 0x100 ? `\\x${hex(code, 2)}` : `\\u${hex(code, 4)}`;
  });
}

/** A value as JSON, `indent` spaces deep, with the same characters written as JSON's own escapes. */
export function printableJson(value: unknown, indent = 0): string {
  // Inside texts JSON has escaped what is below a space itself; a line break left is its own layout.
  return JSON.stringify(value, null, indent).replace(UNSAFE, (character) =>
    character === '\n' ? character : `\\u${hex(character.charCodeAt(0), 4)}`,
  );
}

/** A copy of plain data with every text in it printable, keys excepted. */
export function allPrintable<Value>(value: Value): Value {
  return mapped(value) as Value;
}

function mapped(value: unknown): unknown {
  if (typeof value === 'string') return printable(value);
  if (Array.isArray(value)) return value.map(mapped);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, mapped(item)]));
}

function hex(code: number, digits: number): string {
  return code.toString(16).padStart(digits, '0');
}
