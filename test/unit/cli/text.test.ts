import { describe, expect, test } from 'vitest';
import { stateColoured, wantsColour } from '../../../src/cli/text/colour.ts';
import { columns } from '../../../src/cli/text/columns.ts';
import { allPrintable, printable, printableJson } from '../../../src/cli/text/printable.ts';
import { age, clock, duration, until } from '../../../src/cli/text/times.ts';
import { NOW } from '../control/fake-daemon.ts';

describe('times', () => {
  test.each([
    [-1, '0s'],
    [0, '0s'],
    [999, '0s'],
    [1_000, '1s'],
    [59_999, '59s'],
    [60_000, '1m0s'],
    [192_000, '3m12s'],
    [3_599_000, '59m59s'],
    [3_600_000, '1h0m'],
    [86_399_000, '23h59m'],
    [86_400_000, '1d0h'],
    [400 * 86_400_000 + 3_600_000, '400d1h'],
  ])('%i ms are %s', (milliseconds, text) => {
    expect(duration(milliseconds)).toBe(text);
  });

  test('ages are rounded down, what is to come is rounded up', () => {
    expect(age('2026-05-01T12:03:14.600Z', NOW)).toBe('1s');
    expect(until('2026-05-01T12:03:18.400Z', NOW)).toBe('2s');
    expect(until('2026-05-01T12:03:16.500Z', NOW)).toBe('0s');
    expect(until('2026-05-01T12:03:10.000Z', NOW)).toBe('0s');
  });

  test('the clock is that of the machine', () => {
    const local = new Date(2026, 0, 2, 3, 4, 5);
    expect(clock(local.toISOString())).toBe('2026-01-02 03:04:05');
    expect(clock('no time')).toBe('no time');
  });
});

describe('columns', () => {
  test('are aligned, with a dash where nothing is and nothing at the end of lines', () => {
    expect(
      columns([
        ['A', 'LONG', 'C'],
        ['aaa', '', ''],
        ['', 'b', 'cc'],
      ]),
    ).toBe('A    LONG  C\naaa  -     -\n-    b     cc\n');
    expect(columns([])).toBe('');
  });

  test('are painted after they are aligned', () => {
    expect(
      columns(
        [
          ['a', 'b'],
          ['cc', 'd'],
        ],
        (text, column) => (column === 0 ? `<${text}>` : text),
      ),
    ).toBe('<a>   b\n<cc>  d\n');
  });
});

describe('texts from elsewhere', () => {
  test('can do nothing to a terminal', () => {
    expect(printable('a\u001b[2Jb\n\u009bc\u007f')).toBe('a\\x1b[2Jb\\x0a\\x9bc\\x7f');
    expect(printable('a\u202eb\u2066')).toBe('a\\u202eb\\u2066');
    expect(printable('grüße, 日本 😀')).toBe('grüße, 日本 😀');
  });

  test('can do so as JSON neither, and stay what they are', () => {
    const value = { a: ['\u001b[2J\u009bc\u202e', '\n'] };
    for (const indent of [0, 2]) {
      const json = printableJson(value, indent);
      expect(json).toMatch(/^[\n -~]*$/);
      expect(JSON.parse(json)).toEqual(value);
    }
  });

  test('are made so all through a report', () => {
    expect(allPrintable({ a: ['\u0007', 1, null], b: { c: '\t' } })).toEqual({
      a: ['\\x07', 1, null],
      b: { c: '\\x09' },
    });
  });
});

describe('colour', () => {
  test.each([
    [true, {}, true],
    [false, {}, false],
    [true, { NO_COLOR: '1' }, false],
    [true, { NO_COLOR: '' }, true],
    [true, { TERM: 'dumb' }, false],
    [true, { TERM: 'xterm' }, true],
  ])('terminal %s with %j: %s', (isTerminal, environment, expected) => {
    expect(wantsColour(isTerminal, environment)).toBe(expected);
  });

  test('is only for states that have one', () => {
    expect(stateColoured('up', true)).toBe('\u001b[32mup\u001b[0m');
    expect(stateColoured('up', false)).toBe('up');
    expect(stateColoured('STATE', true)).toBe('STATE');
  });
});
