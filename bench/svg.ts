/**
 * Two small charts as SVG text: lines over logarithmic axes, and bars. Knows numbers and names, nothing of what they mean.
 *
 * Colours have enough contrast on white and on black; each line also has its own name beside its end, so that colour alone
 * says nothing.
 */
export interface Line {
  readonly name: string;
  /** x and y, both above 0, by growing x. */
  readonly points: readonly (readonly [number, number])[];
}

export interface Bar {
  readonly name: string;
  readonly value: number;
  /** Drawn in the second colour. */
  readonly isOurs?: boolean;
}

const COLOURS = ['#1f77b4', '#d1651a', '#2c8a3d', '#b03060', '#7a5cc4', '#80776c'];
const GREY = '#808080';
const FONT = 'font-family="sans-serif" font-size="12"';
const WIDTH = 720;

/** Lines over two logarithmic axes with a tick at each power of ten. */
export function lineChart(title: string, xName: string, yName: string, lines: readonly Line[]): string {
  const [left, right, top, bottom] = [64, 190, 34, 44];
  const height = 380;
  const points = lines.flatMap((line) => line.points);
  const [xLow, xHigh] = decades(points.map(([x]) => x));
  const [yLow, yHigh] = decades(points.map(([, y]) => y));
  const xOf = (x: number): number =>
    left + ((Math.log10(x) - xLow) / (xHigh - xLow)) * (WIDTH - left - right);
  const yOf = (y: number): number =>
    height - bottom - ((Math.log10(y) - yLow) / (yHigh - yLow)) * (height - top - bottom);
  const xTicks = range(xLow, xHigh).map((power) => {
    const x = xOf(10 ** power);
    return `${rule(x, top, x, height - bottom)}${text(x, height - bottom + 18, numberOf(10 ** power), 'middle')}`;
  });
  const yTicks = range(yLow, yHigh).map((power) => {
    const y = yOf(10 ** power);
    return `${rule(left, y, WIDTH - right, y)}${text(left - 8, y + 4, numberOf(10 ** power), 'end')}`;
  });
  const names = apart(lines.map(({ points: own }) => yOf(own.at(-1)?.[1] ?? 1)));
  const drawn = lines.map(({ name, points: own }, index) => {
    const colour = COLOURS[index % COLOURS.length] ?? GREY;
    const path = own.map(([x, y]) => `${xOf(x).toFixed(1)},${yOf(y).toFixed(1)}`);
    const dots = own.map(
      ([x, y]) => `<circle cx="${xOf(x).toFixed(1)}" cy="${yOf(y).toFixed(1)}" r="3" fill="${colour}"/>`,
    );
    const label = text(WIDTH - right + 8, (names[index] ?? 0) + 4, name, 'start', colour);
    return `<polyline fill="none" stroke="${colour}" stroke-width="2" points="${path.join(' ')}"/>${dots.join('')}${label}`;
  });
  const axes = [text(WIDTH - right, height - 8, xName, 'end'), text(8, 20, `${title}: ${yName}`, 'start')];
  return svg(height, title, [...xTicks, ...yTicks, ...drawn, ...axes]);
}

/** A bar for each value, from 0, with the value behind it. */
export function barChart(title: string, unit: string, bars: readonly Bar[]): string {
  const [left, right, top, step] = [250, 80, 40, 24];
  const most = Math.max(...bars.map(({ value }) => value));
  const height = top + bars.length * step + 8;
  const drawn = bars.map(({ name, value, isOurs }, index) => {
    const y = top + index * step;
    const width = (value / most) * (WIDTH - left - right);
    const colour = COLOURS[isOurs === true ? 1 : 0] ?? GREY;
    return [
      text(left - 8, y + 12, name, 'end'),
      `<rect x="${left}" y="${y}" width="${width.toFixed(1)}" height="${step - 8}" fill="${colour}"/>`,
      text(left + width + 6, y + 12, `${numberOf(value)} ${unit}`, 'start'),
    ].join('');
  });
  return svg(height, title, [text(8, 20, title, 'start'), ...drawn]);
}

function svg(height: number, title: string, parts: readonly string[]): string {
  const head = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" width="${WIDTH}" height="${height}" role="img">`;
  return `${head}\n<title>${escaped(title)}</title>\n${parts.join('\n')}\n</svg>\n`;
}

function text(x: number, y: number, words: string, anchor: string, colour: string = GREY): string {
  return `<text x="${x.toFixed(1)}" y="${y.toFixed(1)}" ${FONT} text-anchor="${anchor}" fill="${colour}">${escaped(words)}</text>`;
}

function rule(x1: number, y1: number, x2: number, y2: number): string {
  const at = [x1, y1, x2, y2].map((value) => value.toFixed(1));
  return `<line x1="${at[0]}" y1="${at[1]}" x2="${at[2]}" y2="${at[3]}" stroke="${GREY}" stroke-opacity="0.3"/>`;
}

/** Powers of ten around all values. */
function decades(values: readonly number[]): readonly [number, number] {
  const low = Math.floor(Math.log10(Math.min(...values)));
  return [low, Math.max(low + 1, Math.ceil(Math.log10(Math.max(...values))))];
}

function range(low: number, high: number): number[] {
  return Array.from({ length: high - low + 1 }, (_, index) => low + index);
}

/** The same heights, moved down as far as is needed for a line of text each. */
function apart(heights: readonly number[]): number[] {
  const lineHeight = 15;
  const placed = [...heights];
  let free = Number.NEGATIVE_INFINITY;
  for (const { index } of heights.map((y, index) => ({ y, index })).toSorted((a, b) => a.y - b.y)) {
    free = Math.max(placed[index] ?? 0, free);
    placed[index] = free;
    free += lineHeight;
  }
  return placed;
}

function numberOf(value: number): string {
  if (value >= 1) return Math.round(value).toLocaleString('en-US');
  return value.toPrecision(1);
}

function escaped(words: string): string {
  return words.replaceAll('&', '&amp;').replaceAll('<', '&lt;');
}
