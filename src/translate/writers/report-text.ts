/** The report of a translation as text, for people and for `grep`: every line of the input once. */
import type { Note } from '../gateway-model.ts';
import type { ReportedLine, Verdict } from '../report.ts';

const WORDS = {
  carried: 'carried',
  dropped: 'dropped',
  'not-understood': 'NOT UNDERSTOOD',
} as const satisfies Record<Verdict, string>;

/** How many lines have each verdict. */
export function countVerdicts(lines: readonly ReportedLine[]): Readonly<Record<Verdict, number>> {
  const counts = { carried: 0, dropped: 0, 'not-understood': 0 };
  for (const { verdict } of lines) counts[verdict] += 1;
  return counts;
}

/** Summary, what is to be done, notes, then every line. */
export function writeReport(
  lines: readonly ReportedLine[],
  notes: readonly Note[],
  unfinished: readonly Note[],
): string {
  const counts = countVerdicts(lines);
  return [
    `${lines.length} lines: ${counts.carried} carried over, ${counts.dropped} dropped on purpose, ${counts['not-understood']} not understood\n`,
    ...noteLines('To be done by hand', unfinished),
    ...noteLines('Notes', notes),
    '\nLines\n',
    ...lines.map(
      ({ file, line, text, verdict, detail }) =>
        `  ${file}:${line}: ${WORDS[verdict]}${detail === '' ? '' : `: ${detail}`}${text === '' ? '' : `  | ${text}`}\n`,
    ),
  ].join('');
}

function noteLines(title: string, notes: readonly Note[]): readonly string[] {
  if (notes.length === 0) return [];
  return [
    `\n${title}\n`,
    ...notes.map(({ at, text }) => `  ${at === null ? '' : `${at.file}:${at.number}: `}${text}\n`),
  ];
}
