/**
 * Whether bytes are the expected ones.
 *
 * Most of reading VICI is seeing that it says what it said before. Compared one by one the bytes would cost more than making
 * all the strings of a message, and a call of `Buffer.compare` as much as comparing a hundred: so they are compared four
 * at a time.
 */

const WORD_BYTES = 4;

let lastBytes: Buffer = Buffer.alloc(0);
let lastView = new DataView(lastBytes.buffer);

/** A view of all of `bytes`; the same one for the same bytes, as long as nobody asks for those of others meanwhile. */
export function viewOf(bytes: Buffer): DataView {
  if (bytes !== lastBytes) {
    lastView = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
    lastBytes = bytes;
  }
  return lastView;
}

/** Whether `length` bytes from `leftAt` and `rightAt` on are equal; they must be there. */
export function sameBytes(
  left: DataView,
  leftAt: number,
  right: DataView,
  rightAt: number,
  length: number,
): boolean {
  const last = length - WORD_BYTES;
  if (last < 0) return sameFewBytes(left, leftAt, right, rightAt, length);
  for (let at = 0; at < last; at += WORD_BYTES) {
    if (left.getInt32(leftAt + at) !== right.getInt32(rightAt + at)) return false;
  }
  // The last four: some of them once more, if it doesn't come out even.
  return left.getInt32(leftAt + last) === right.getInt32(rightAt + last);
}

function sameFewBytes(
  left: DataView,
  leftAt: number,
  right: DataView,
  rightAt: number,
  length: number,
): boolean {
  for (let at = 0; at < length; at++) {
    if (left.getUint8(leftAt + at) !== right.getUint8(rightAt + at)) return false;
  }
  return true;
}
