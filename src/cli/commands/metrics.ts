/** `afteryou metrics`: what Prometheus reads, on standard output or as a file for node_exporter. */
import { closeSync, fsyncSync, openSync, renameSync, rmSync, writeSync } from 'node:fs';
import { AfteryouError, messageOf } from '../../errors.ts';
import { withDaemon } from '../asking.ts';
import type { CliCommand } from '../command.ts';
import { EXIT } from '../exit-codes.ts';
import { show } from '../printing.ts';

/** node_exporter runs as another user and must be able to read it. */
const FILE_MODE = 0o644;

export const metrics: CliCommand = {
  name: 'metrics',
  summary: 'show metrics in the text format of Prometheus',
  define: (command) => {
    command
      .description(
        'Shows all metrics in the text format of Prometheus. With --textfile they are written to a file that is whole at\n' +
          "any time, for node_exporter's textfile directory, without the families about the process (node_exporter has its own).",
      )
      .option('--textfile <file>', 'write them to this file instead');
  },
  run: async (cli, { options }) => {
    const { textfile } = options;
    const report = await withDaemon(cli, (client) => client.metrics(textfile === undefined));
    if (typeof textfile === 'string') replaceFile(textfile, report.text);
    else show(cli, report, ({ text }) => text);
    return EXIT.done;
  },
};

/** @throws FILE_UNUSABLE if the file can't be written */
function replaceFile(file: string, text: string): void {
  // node_exporter reads *.prom only, so it never sees the unfinished one.
  const unfinished = `${file}.${crypto.randomUUID()}.new`;
  try {
    const handle = openSync(unfinished, 'wx', FILE_MODE);
    try {
      const bytes = Buffer.from(text);
      for (let written = 0; written < bytes.length; ) written += writeSync(handle, bytes, written);
      fsyncSync(handle);
    } finally {
      closeSync(handle);
    }
    renameSync(unfinished, file);
  } catch (cause) {
    rmSync(unfinished, { force: true });
    throw new AfteryouError('FILE_UNUSABLE', `can't write ${file}: ${messageOf(cause)}`, {
      nextStep: 'Name a file in a directory that is there and that you may write to.',
      cause,
    });
  }
}
