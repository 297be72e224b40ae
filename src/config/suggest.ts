/** "Did you mean": the known word nearest to a mistyped one. Knows letters only. */

/** Words longer than this are not compared: the work grows with the square of the length. */
const WORD_MAX = 64;

/** Only so many candidates are looked at, in their order. */
const CANDIDATES_MAX = 2000;

/**
 * Edit distance in which exchanging two neighbours counts as one step, as in "hodl" for "hold".
 * Optimal string alignment: three rows of the table are enough.
 */
function distance(a: string, b: string): number {
  let beforeLast: number[] = [];
  let last = Array.from({ length: b.length + 1 }, (_, column) => column);
  for (let row = 1; row <= a.length; row += 1) {
    const current = [row];
    for (let column = 1; column <= b.length; column += 1) {
      const same = a[row - 1] === b[column - 1];
      let best = Math.min(
        (last[column] ?? 0) + 1,
        (current[column - 1] ?? 0) + 1,
        (last[column - 1] ?? 0) + (same ? 0 : 1),
      );
      const swapped = row > 1 && column > 1 && a[row - 1] === b[column - 2] && a[row - 2] === b[column - 1];
      if (swapped) best = Math.min(best, (beforeLast[column - 2] ?? 0) + 1);
      current.push(best);
    }
    beforeLast = last;
    last = current;
  }
  return last[b.length] ?? 0;
}

/** `settle_hold`, `SettleHold` and `settle-hold` are the same word to whoever mistyped it. */
function simplify(word: string): string {
  return word.toLowerCase().replaceAll(/[-_. ]/g, '');
}

/**
 * The candidate nearest to `word`, or null when none is near: at most a third of its letters may differ,
 * at least one may. Of two equally near ones the first.
 */
export function nearest(word: string, candidates: Iterable<string>): string | null {
  if (word.length > WORD_MAX) return null;
  const wanted = simplify(word);
  let best: { readonly candidate: string; readonly steps: number } | null = null;
  let looked = 0;
  for (const candidate of candidates) {
    looked += 1;
    if (looked > CANDIDATES_MAX) break;
    if (candidate.length > WORD_MAX) continue;
    const steps = distance(wanted, simplify(candidate));
    const allowed = Math.max(1, Math.floor(Math.max(wanted.length, candidate.length) / 3));
    if (steps <= allowed && (best === null || steps < best.steps)) best = { candidate, steps };
  }
  return best?.candidate ?? null;
}

/** `Did you mean 'x'?` followed by a space, or nothing when no candidate is near. */
export function didYouMean(word: string, candidates: Iterable<string>): string {
  const candidate = nearest(word, candidates);
  return candidate === null ? '' : `Did you mean '${candidate}'? `;
}
