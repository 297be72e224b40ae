/** `afteryou events`: what happened to all peers, and what is happening. */
import { type Command, Option } from 'commander';
import type { HistoryEntry } from '../../control/api.ts';
import { HISTORY_ENTRIES_MAX } from '../../control/limits.ts';
import { withDaemon } from '../asking.ts';
import type { CliCommand } from '../command.ts';
import { EXIT } from '../exit-codes.ts';
import { wholeNumber } from '../numbers.ts';
import { allPrintable, printableJson } from '../text/printable.ts';
import { clock } from '../text/times.ts';
import type { Cli } from '../world.ts';

const LINES = 20;

export const events: CliCommand = {
  name: 'events',
  summary: 'show what happened, and with -f what is happening',
  define: (command: Command) => {
    command
      .description(
        'Shows the latest events of all peers, oldest first: changes of state with the rule that made them, notes, and\n' +
          'trouble. With -o json each line is one object. With -f it goes on until it is interrupted.',
      )
      .option('-f, --follow', 'go on with every new event')
      .addOption(
        new Option('-n, --lines <count>', 'how many of the latest events')
          .argParser(wholeNumber(0, HISTORY_ENTRIES_MAX))
          .default(LINES),
      );
  },
  run: (cli, { options }) => {
    const limit = Number(options['lines']);
    return withDaemon(cli, async (client) => {
      if (options['follow'] === true) {
        for await (const entry of client.follow(limit, cli.world.interrupted())) print(cli, entry);
      } else {
        for (const entry of await client.history(limit)) print(cli, entry);
      }
      return EXIT.done;
    });
  },
};

function print(cli: Cli, entry: HistoryEntry): void {
  cli.world.out(
    cli.output === 'json'
      ? `${printableJson({ schema: 1, ...entry })}\n`
      : `${eventText(allPrintable(entry))}\n`,
  );
}

/** One event on a line; its texts must be printable. */
export function eventText({ at, service, peer, kind, from, to, rule, why }: HistoryEntry): string {
  const what = kind === 'transition' ? `${from ?? 'new'} -> ${to ?? 'gone'}` : kind;
  return `${clock(at)}  ${peer} (${service})  ${what}  ${rule}: ${why}`;
}
