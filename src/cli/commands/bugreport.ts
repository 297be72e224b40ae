/** `afteryou bugreport`: everything that whoever helps will ask for, in one file, without secrets. */
import { writeFileSync } from 'node:fs';
import { AfteryouError, messageOf } from '../../errors.ts';
import type { CliCommand } from '../command.ts';
import { EXIT } from '../exit-codes.ts';
import { show } from '../printing.ts';
import type { Cli } from '../world.ts';

/** Addresses and names of peers are in it. */
const FILE_MODE = 0o600;

export const bugreport: CliCommand = {
  name: 'bugreport',
  summary: 'gather what a bug report needs into one file',
  define: (command) => {
    command
      .description(
        'Gathers versions, configuration, status, the latest events, metrics, and what charon says of its connections\n' +
          'and SAs, into one text file that only you can read. Secrets are no part of it, and neither are comments of the\n' +
          'configuration; addresses and identities of peers are. What cannot be had is said in its place.',
      )
      .option(
        '--file <file>',
        'where to; `-` is standard output (default: afteryou-bugreport-TIME.txt here)',
      );
  },
  run: async (cli, { options }) => {
    const { bugReport } = await import('../bugreport/gather.ts');
    const text = await bugReport(cli);
    if (options['file'] === '-') {
      cli.world.out(text);
    } else {
      const file = typeof options['file'] === 'string' ? options['file'] : usualFile(cli);
      write(file, text);
      show(cli, { schema: 1, file }, () => `${file}\n`);
    }
    return EXIT.done;
  },
};

function usualFile({ world }: Cli): string {
  return `afteryou-bugreport-${world
    .now()
    .toISOString()
    .replaceAll(/[-:]|\.\d+/g, '')}.txt`;
}

function write(file: string, text: string): void {
  try {
    writeFileSync(file, text, { mode: FILE_MODE, flag: 'wx' });
  } catch (cause) {
    throw new AfteryouError('FILE_UNUSABLE', `can't write ${file}: ${messageOf(cause)}`, {
      nextStep: 'Name another file with --file; one that is there already is not overwritten.',
      cause,
    });
  }
}
