/** `afteryou pause`, `resume` and `initiate`: an operator's hand on one peer, a service, or all. */
import type { OperateReport, PeerSelector } from '../../control/api.ts';
import { withDaemon } from '../asking.ts';
import { type CliCommand, type Given, usageError } from '../command.ts';
import { EXIT } from '../exit-codes.ts';
import { show } from '../printing.ts';
import { columns } from '../text/columns.ts';
import { allPrintable } from '../text/printable.ts';

type Action = 'pause' | 'resume' | 'initiate';

function operation(action: Action, summary: string, description: string): CliCommand {
  return {
    name: action,
    summary,
    define: (command) => {
      command
        .description(description)
        .argument('[peer]', 'name, address or connection of a peer')
        .option('--service <name>', 'all peers of this service')
        .option('--all', 'all peers');
    },
    run: async (cli, given) => {
      const selector = selectorOf(action, given);
      const report = await withDaemon(cli, (client) => client.operate(action, selector));
      show(cli, report, (shown) => operateText(allPrintable(shown)));
      return report.results.every(({ done }) => done) ? EXIT.done : EXIT.notTrue;
    },
  };
}

export const pause = operation(
  'pause',
  'stop initiating to peers; no tunnel is touched',
  'Pauses peers: nothing is initiated to them and nothing is torn down until they are resumed. They may still\n' +
    'call. Peers stay paused over a restart of the daemon.',
);

export const resume = operation(
  'resume',
  'take paused peers up again',
  'Resumes paused peers; those without a tunnel begin with responder mode.',
);

export const initiate = operation(
  'initiate',
  'initiate to peers now, without waiting for responder mode to end',
  'Ends responder mode at once: peers without a tunnel are initiated to as soon as the limits allow.',
);

function selectorOf(action: Action, { args, options }: Given): PeerSelector {
  const selectors: PeerSelector[] = [];
  if (args[0] !== undefined) selectors.push({ peer: args[0] });
  if (typeof options['service'] === 'string') selectors.push({ service: options['service'] });
  if (options['all'] === true) selectors.push({ all: true });
  const [selector] = selectors;
  if (selector === undefined || selectors.length > 1) {
    throw usageError(
      selector === undefined ? `${action} whom?` : `${action} takes one of PEER, --service and --all`,
      `Say \`afteryou ${action} PEER\`, \`--service NAME\` or \`--all\`.`,
    );
  }
  return selector;
}

/** One line per peer; the texts must be printable. */
export function operateText({ results }: OperateReport): string {
  if (results.length === 0) return 'no peers\n';
  return columns(
    results.map(({ peer, service, done, detail }) => [peer, service, done ? 'done' : 'not done', detail]),
  );
}
