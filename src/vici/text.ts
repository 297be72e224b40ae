/**
 * Bytes to strings, quickly.
 *
 * charon repeats itself: the same forty key names and values such as `ESTABLISHED` or `AES_CBC` in every SA.
 * A table of short ASCII strings already made turns most of them into a compare instead of a new string. It
 * has a fixed number of slots; a newcomer takes the slot of an older one.
 */

const SLOTS = 4096;
const LONGEST_KEPT_BYTES = 40;

/** Makes strings out of bytes and remembers the short ones. */
export class TextCache {
  readonly #slots: string[] = Array.from({ length: SLOTS }, () => '');

  /**
   * The text in `bytes[start..end)`, which must lie inside. Bytes that are no UTF-8 become U+FFFD each.
   */
  read(bytes: Buffer, start: number, end: number): string {
    const length = end - start;
    if (length > LONGEST_KEPT_BYTES) return bytes.toString('utf8', start, end);
    if (length === 0) return '';
    const slot = slotOf(bytes, start, end);
    const kept = this.#slots[slot] as string;
    if (kept.length === length && sameAscii(kept, bytes, start)) return kept;
    if (!isAscii(bytes, start, end)) return bytes.toString('utf8', start, end);
    const text = bytes.toString('latin1', start, end);
    this.#slots[slot] = text;
    return text;
  }
}

/**
 * A few of the bytes tell charon's words apart well enough; names that are numbered (`peer-0840`) differ in their last ones.
 * A clash costs a new string, no more.
 */
function slotOf(bytes: Buffer, start: number, end: number): number {
  const length = end - start;
  const first = bytes[start] as number;
  const middle = bytes[(start + end) >>> 1] as number;
  let hash = length * 613 + first * 37 + middle * 211;
  for (let at = Math.max(start, end - 4); at < end; at++) hash = (hash * 31 + (bytes[at] as number)) | 0;
  return hash & (SLOTS - 1);
}

function isAscii(bytes: Buffer, start: number, end: number): boolean {
  for (let at = start; at < end; at++) {
    if ((bytes[at] as number) > 0x7f) return false;
  }
  return true;
}

const WHOLE_TEXT_BYTES_MAX = 4_096;

/** The text in `bytes[start..end)` to take parts of: undefined if a byte isn't ASCII, or if it is too long. */
export function wholeText(bytes: Buffer, start: number, end: number): string | undefined {
  const length = end - start;
  // A part keeps the whole alive: not worth it for a certificate, say.
  if (length > WHOLE_TEXT_BYTES_MAX) return undefined;
  const whole = bytes.toString('utf8', start, end);
  // As many characters as bytes, and none that stands for bytes that are no UTF-8: then each byte is one of ASCII.
  return whole.length === length && !whole.includes('\ufffd') ? whole : undefined;
}

/** The whole number of 0 or more that `bytes[start..end)` spell in decimal; undefined if they spell none. */
export function decimalIn(bytes: Buffer, start: number, end: number): number | undefined {
  if (start === end) return undefined;
  let number = 0;
  for (let at = start; at < end; at++) {
    const digit = (bytes[at] as number) - 0x30;
    if (digit < 0 || digit > 9) return undefined;
    number = number * 10 + digit;
  }
  return number;
}

/** Whether `bytes` from `start` on spell the ASCII string `text`, never so for another; they must be long enough. */
export function sameAscii(text: string, bytes: Buffer, start: number): boolean {
  let allBits = 0;
  for (let index = 0; index < text.length; index++) {
    const code = text.charCodeAt(index);
    if (code !== bytes[start + index]) return false;
    allBits |= code;
  }
  return allBits <= 0x7f;
}

/** Key and event names apart from values, so that passing SPIs and ids can't push them out. */
export const nameCache: TextCache = new TextCache();
export const valueCache: TextCache = new TextCache();
