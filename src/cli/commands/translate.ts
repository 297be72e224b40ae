/** `afteryou translate`: from Cisco's configurations to files for strongSwan and afteryou, and back to StarOS. */
import { Option } from 'commander';
import type { Dialect } from '../../translate/dialect.ts';
import type { Note } from '../../translate/gateway-model.ts';
import type { Translation } from '../../translate/translate.ts';
import { type CliCommand, type Given, usageError } from '../command.ts';
import { EXIT } from '../exit-codes.ts';
import { show } from '../printing.ts';
import { allPrintable } from '../text/printable.ts';
import type { Cli } from '../world.ts';

/** Lines that were not understood are all in the report; on a screen so many do. */
const SHOWN_MAX = 20;

export const translate: CliCommand = {
  name: 'translate',
  summary: 'translate a configuration of StarOS, IOS or ASA; needs no daemon',
  define: (command) => {
    command
      .description(
        'Translates the configuration of a Cisco gateway, as it was saved or pasted from a terminal: connections and\n' +
          'secrets for swanctl, afteryou.yaml, and a report that has every line. Several files count as one gateway.\n' +
          'Without --out nothing is written. With --to staros the way back: peer lists and services of afteryou.yaml.\n' +
          'Exits with 1 if a line was not understood.',
      )
      .argument('<file...>', 'what to translate')
      .addOption(
        new Option('--from <system>', 'what it is written for; default: found out').choices([
          'staros',
          'ios',
          'asa',
        ]),
      )
      .addOption(
        new Option('--to <system>', 'what to write').choices(['afteryou', 'staros']).default('afteryou'),
      )
      .option('--out <dir>', 'where to write the files, each for its owner alone')
      .option('--force', 'write over files of an earlier translation');
  },
  run: async (cli, given) =>
    given.options['to'] === 'staros' ? await back(cli, given) : await forth(cli, given),
};

async function forth(cli: Cli, { args, options }: Given): Promise<number> {
  const [files, { translate }] = await Promise.all([
    import('../translated-files.ts'),
    import('../../translate/translate.ts'),
  ]);
  const translation = translate(files.readSources(args), (options['from'] as Dialect | undefined) ?? null);
  const out = options['out'] as string | undefined;
  const written = out === undefined ? [] : files.writeAll(out, translation.files, options['force'] === true);
  const { dialect, lines, notes, unfinished } = translation;
  const names = [...translation.files.keys()];
  show(cli, { schema: 1, dialect, lines, notes, unfinished, files: names, written }, (report) =>
    summaryText(allPrintable({ ...report, files: names, written })),
  );
  return lines.some(({ verdict }) => verdict === 'not-understood') ? EXIT.notTrue : EXIT.done;
}

interface Summary extends Pick<Translation, 'dialect' | 'lines' | 'notes' | 'unfinished'> {
  readonly files: readonly string[];
  readonly written: readonly string[];
}

function summaryText({ dialect, lines, notes, unfinished, files, written }: Summary): string {
  const count = (verdict: string): number => lines.filter((line) => line.verdict === verdict).length;
  const strange = lines.filter(({ verdict }) => verdict === 'not-understood');
  return [
    ...strange
      .slice(0, SHOWN_MAX)
      .map(
        ({ file, line, text, detail }) =>
          `${file}:${line}: not understood: ${text}${detail === '' ? '' : `\n    ${detail}`}`,
      ),
    ...(strange.length > SHOWN_MAX
      ? [`... and ${strange.length - SHOWN_MAX} more; the report has them all`]
      : []),
    ...noteLines('to be done by hand', unfinished),
    ...noteLines('note', notes),
    `${dialect}: ${lines.length} lines: ${count('carried')} carried over, ${count('dropped')} dropped on purpose, ${strange.length} not understood`,
    written.length === 0
      ? `nothing was written; with --out DIR it would be ${files.join(', ')}`
      : `written: ${written.join(', ')}`,
  ]
    .map((line) => `${line}\n`)
    .join('');
}

function noteLines(title: string, notes: readonly Note[]): readonly string[] {
  return notes.map(({ at, text }) => `${at === null ? '' : `${at.file}:${at.number}: `}${title}: ${text}`);
}

async function back(cli: Cli, { args, options }: Given): Promise<number> {
  const [file, ...more] = args;
  if (file === undefined || more.length > 0)
    throw usageError(
      '--to staros takes one configuration',
      'Name the main file; the conf.d beside it is read too.',
    );
  if (options['from'] !== undefined)
    throw usageError('--from and --to staros exclude each other', 'Leave one of them out.');
  const [{ loadConfig }, { writeStaros }, { writeAll }] = await Promise.all([
    import('../../config/load.ts'),
    import('../../translate/staros/write.ts'),
    import('../translated-files.ts'),
  ]);
  const { text, left } = writeStaros(loadConfig(file).config);
  const out = options['out'] as string | undefined;
  const written =
    out === undefined ? [] : writeAll(out, new Map([['staros.txt', text]]), options['force'] === true);
  show(cli, { schema: 1, text, left, written }, (report) => {
    const body = written.length === 0 ? report.text : `written: ${written.join(', ')}\n`;
    // A comment, so that the whole can be pasted.
    return (
      body +
      noteLines('left out', left)
        .map((line) => `# ${line}\n`)
        .join('')
    );
  });
  return left.length === 0 ? EXIT.done : EXIT.notTrue;
}
