/** `afteryou reload`: has the daemon read its configuration again. */
import type { ReloadReport } from '../../control/api.ts';
import { withDaemon } from '../asking.ts';
import type { CliCommand } from '../command.ts';
import { EXIT } from '../exit-codes.ts';
import { show } from '../printing.ts';
import { allPrintable } from '../text/printable.ts';

export const reload: CliCommand = {
  name: 'reload',
  summary: 'have the daemon read its configuration again',
  define: (command) => {
    command
      .description(
        'Has the daemon read its configuration again and says which peers came, went and changed. No tunnel is\n' +
          'touched. If the configuration is wrong, the one that runs stays.',
      )
      .option(
        '--restart-service <names...>',
        'begin anew with the modes of these services, as unbind and bind do; with strict-cisco a service that changes needs it',
      );
  },
  run: async (cli, { options }) => {
    const names = (options['restartService'] ?? []) as readonly string[];
    const report = await withDaemon(cli, (client) => client.reload(names));
    show(cli, report, (shown) => reloadText(allPrintable(shown)));
    return EXIT.done;
  },
};

/** The report as lines; its texts must be printable. */
export function reloadText({ added, removed, changed, unchanged, warnings }: ReloadReport): string {
  const lines = [
    ...added.map((peer) => `added    ${peer}`),
    ...removed.map((peer) => `removed  ${peer}`),
    ...changed.map((peer) => `changed  ${peer}`),
    `${added.length} added, ${removed.length} removed, ${changed.length} changed, ${unchanged} as before`,
    ...warnings,
  ];
  return lines.map((line) => `${line}\n`).join('');
}
