/** Which names are allowed, and how a pattern of names is read. Knows nothing of what bears the name. */

/** Names of services and peer lists, as Cisco's `crypto peer-list` has them: 1..32 alphanumeric characters; as a regular expression. */
export const NAME_PATTERN = '^[A-Za-z0-9]{1,32}$';

/** True for 1..32 ASCII letters and digits. */
export function isName(text: string): boolean {
  return new RegExp(NAME_PATTERN).test(text);
}

/** Longest name or pattern of a swanctl connection that we take; VICI names have an 8-bit length. */
const CONNECTION_NAME_MAX = 255;

/** True for what can be the name of a swanctl connection, or a pattern of such names: no blanks, no control characters. */
export function isConnectionName(text: string): boolean {
  return text.length > 0 && Buffer.byteLength(text) <= CONNECTION_NAME_MAX && !/[\p{Cc}\s]/u.test(text);
}

/**
 * True if `name` fits one of the patterns. `*` stands for any run of characters (an empty one too), `?` for
 * exactly one; everything else stands for itself. Time grows with the product of the lengths, not faster.
 */
export function matchesGlobs(globs: readonly string[], name: string): boolean {
  return globs.some((glob) => matchesGlob(glob, name));
}

function matchesGlob(glob: string, name: string): boolean {
  let inGlob = 0;
  let inName = 0;
  let star = -1;
  let nameAtStar = 0;
  while (inName < name.length) {
    const symbol = glob[inGlob];
    if (symbol === '*') {
      star = inGlob;
      nameAtStar = inName;
      inGlob += 1;
    } else if (symbol !== undefined && (symbol === '?' || symbol === name[inName])) {
      inGlob += 1;
      inName += 1;
    } else if (star >= 0) {
      // Only the last star needs to give way: an earlier one that took more would not fit better.
      nameAtStar += 1;
      inName = nameAtStar;
      inGlob = star + 1;
    } else {
      return false;
    }
  }
  while (glob[inGlob] === '*') inGlob += 1;
  return inGlob === glob.length;
}
