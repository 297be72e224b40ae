/** Plain aligned columns, which awk can read: no lines, no boxes, at least two spaces between. */

export type Paint = (text: string, column: number) => string;

const GAP = '  ';

/**
 * Rows as lines, each column as wide as its longest cell; an empty cell becomes `-`.
 * `paint` may wrap a cell in escape sequences once its width is known.
 */
export function columns(rows: readonly (readonly string[])[], paint: Paint = (text) => text): string {
  const widths: number[] = [];
  for (const row of rows) {
    for (const [index, cell] of row.entries()) {
      widths[index] = Math.max(widths[index] ?? 1, cell.length);
    }
  }
  return rows.map((row) => `${line(row, widths, paint)}\n`).join('');
}

function line(row: readonly string[], widths: readonly number[], paint: Paint): string {
  const last = row.length - 1;
  return row
    .map((cell, index) => {
      const text = cell === '' ? '-' : cell;
      const padding = index === last ? '' : ' '.repeat((widths[index] ?? 0) - text.length);
      return paint(text, index) + padding;
    })
    .join(GAP);
}
