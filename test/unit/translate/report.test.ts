import { describe, expect, test } from 'vitest';
import { LineReport } from '../../../src/translate/report.ts';
import { writeReport } from '../../../src/translate/writers/report-text.ts';
import { lines } from './helpers.ts';

function reportOf(
  text: string,
  claim: (report: LineReport, all: ReturnType<typeof lines>) => void,
): string[] {
  const all = lines(text);
  const report = new LineReport(all);
  claim(report, all);
  return report.lines().map(({ verdict, detail }) => (detail === '' ? verdict : `${verdict}: ${detail}`));
}

describe('a line', () => {
  test('that nobody claims is not understood, unless it is no command', () => {
    expect(reportOf('a\n\n! b\nshow version', () => {})).toEqual([
      'not-understood',
      'dropped: blank',
      'dropped: a comment',
      'dropped: of the terminal, not of the configuration',
    ]);
  });

  test('that is carried is carried, whatever else is said of it', () => {
    const claims = reportOf('a', (report, [line]) => {
      if (line === undefined) return;
      report.dropped(line, 'too early');
      report.carried(line, 'x');
      report.carried(line, 'y');
      report.carried(line, 'x');
      report.notUnderstood(line, 'too late');
    });
    expect(claims).toEqual(['carried: x, y']);
  });

  test('that is dropped has its first reason; a hint counts more: it is not understood after all', () => {
    const claims = reportOf('a\nb', (report, [first, second]) => {
      if (first === undefined || second === undefined) return;
      report.dropped(first, 'one');
      report.dropped(first, 'two');
      report.dropped(second, 'three');
      report.notUnderstood(second, 'a hint');
    });
    expect(claims).toEqual(['dropped: one', 'not-understood: a hint']);
  });

  test('that goes to many places names three of them', () => {
    const places = (count: number) =>
      reportOf('a', (report, [line]) => {
        for (let n = 1; n <= count; n += 1) if (line !== undefined) report.carried(line, `p${n}`);
      });
    expect(places(3)).toEqual(['carried: p1, p2, p3']);
    expect(places(4)).toEqual(['carried: p1, p2, p3 and others']);
    expect(places(1_000)).toEqual(['carried: p1, p2, p3 and others']);
  });
});

test('the text has the sums, what is to be done, the notes and every line', () => {
  const all = lines('a\nkey example\n');
  const report = new LineReport(all);
  const [first] = all;
  if (first !== undefined) report.carried(first, 'here');
  const at = { file: 'input.txt', number: 1 };
  expect(writeReport(report.lines(), [{ at: null, text: 'A note.' }], [{ at, text: 'Do it.' }])).toBe(
    [
      '2 lines: 1 carried over, 0 dropped on purpose, 1 not understood',
      '',
      'To be done by hand',
      '  input.txt:1: Do it.',
      '',
      'Notes',
      '  A note.',
      '',
      'Lines',
      '  input.txt:1: carried: here  | a',
      '  input.txt:2: NOT UNDERSTOOD  | key ***',
      '',
    ].join('\n'),
  );
});
