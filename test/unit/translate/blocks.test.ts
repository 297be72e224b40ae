import { describe, expect, test } from 'vitest';
import { type Block, type ModeTable, readBlocks } from '../../../src/translate/blocks.ts';
import { LineReport } from '../../../src/translate/report.ts';
import { lines } from './helpers.ts';

const TABLE: ModeTable = {
  rules: [
    { mode: 'outer', within: [''], opens: ({ text }) => text.startsWith('outer') },
    { mode: 'inner', within: ['', 'outer'], opens: ({ text }) => text.startsWith('inner') },
  ],
  bangCloses: true,
  isTopPrompt: (mode) => mode === 'config',
  modeOfPrompt: (mode) => (mode === 'config-outer' ? 'outer' : null),
};

/** `outer 1(a inner 2(b) c)`: modes with what they hold, lines before modes. */
function shape({ header, lines: own, blocks }: Block): string {
  const held = [...own.map(({ text }) => text), ...blocks.map(shape)].join(' ');
  return header === null ? held : `${header.text}(${held})`;
}

function read(text: string): string {
  const all = lines(text);
  return shape(readBlocks(all, TABLE, new LineReport(all)));
}

describe('modes', () => {
  test.each([
    ['exit', 'outer 1\na\ninner 2\nb\nexit\nc\nexit\nd'],
    ['indentation', 'outer 1\n a\n inner 2\n  b\n c\nd'],
    [
      'prompts',
      'h(config)#outer 1\nh(config-outer)#a\nh(config-outer)#inner 2\nh(config-inner)#b\nh(config-outer)#c\nh(config)#d',
    ],
  ])('closed by %s', (_, text) => {
    expect(read(text)).toBe('d outer 1(a c inner 2(b))');
  });

  test('closed by the next command that opens one', () => {
    expect(read('outer 1\na\nouter 2\nb')).toBe('outer 1(a) outer 2(b)');
  });

  test('closed by a lone ! in the first column, not by one that is indented', () => {
    expect(read('outer 1\na\n !\nb\n!\nc')).toBe('c outer 1(a b)');
  });

  test('closed by end, all at once', () => {
    expect(read('outer 1\ninner 2\na\nend\nb')).toBe('b outer 1(inner 2(a))');
  });

  test('closed by the end of a file', () => {
    const both = [...lines('outer 1\na'), ...lines('b').map((line) => ({ ...line, file: 'other.txt' }))];
    expect(shape(readBlocks(both, TABLE, new LineReport(both)))).toBe('b outer 1(a)');
  });

  test('exit and end are told in the report', () => {
    const all = lines('outer 1\nexit\nend');
    const report = new LineReport(all);
    readBlocks(all, TABLE, report);
    expect(report.lines().map(({ verdict, detail }) => `${verdict}: ${detail}`)).toEqual([
      'not-understood: ',
      'dropped: ends outer',
      'dropped: ends the configuration',
    ]);
  });
});
