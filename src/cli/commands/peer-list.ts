/** `afteryou peer-list`: one address into or out of a peer list, in the file itself, and a reload. */
import type { ReloadReport } from '../../control/api.ts';
import { AfteryouError } from '../../errors.ts';
import { withDaemon } from '../asking.ts';
import { type CliCommand, usageError } from '../command.ts';
import { EXIT } from '../exit-codes.ts';
import { show } from '../printing.ts';
import { allPrintable } from '../text/printable.ts';
import type { Cli } from '../world.ts';
import { reloadText } from './reload.ts';

interface PeerListReport {
  readonly schema: 1;
  readonly action: 'add' | 'remove';
  readonly list: string;
  readonly address: string;
  readonly file: string;
  /** False: the list was as asked for already. */
  readonly changed: boolean;
  /** What the daemon made of it; null: it wasn't asked, or isn't running. */
  readonly reload: ReloadReport | null;
  readonly running: boolean | null;
}

export const peerList: CliCommand = {
  name: 'peer-list',
  summary: 'add an address to a peer list, or remove one, and reload',
  define: (command) => {
    command
      .description(
        'Adds an address to a peer list, or removes one, in the file that holds the list; comments and layout stay. The\n' +
          'outcome is checked before it is written, and a file that the daemon refuses is put back. Then the daemon\n' +
          'reloads, if it is running. No tunnel is touched.',
      )
      .argument(
        '<change...>',
        '`add LIST ADDRESS` or `remove LIST ADDRESS`; a host, a subnet, a range or a wildcard',
      )
      .option('--no-reload', 'only write the file');
  },
  run: async (cli, { args, options }) => {
    const change = changeOf(args);
    const { list } = change;
    const { planListChange, replaceFile } = await import('../../config/change-file.ts');
    const plan = planListChange(cli.configFile, change);
    const { file, before, after } = plan;
    const changed = before !== after;
    if (changed) replaceFile(file, before, after);
    const wantsReload = options['reload'] !== false;
    const reload =
      changed && wantsReload ? await reloaded(cli, () => replaceFile(file, after, before)) : null;
    const report: PeerListReport = {
      schema: 1,
      action: change.action,
      list,
      address: plan.address,
      file,
      changed,
      reload: reload === 'not running' ? null : reload,
      running: reload === null ? null : reload !== 'not running',
    };
    show(cli, report, (shown) => peerListText(allPrintable(shown)));
    return EXIT.done;
  },
};

function changeOf([action, list, address, ...others]: readonly string[]) {
  if (
    (action === 'add' || action === 'remove') &&
    list !== undefined &&
    address !== undefined &&
    others.length === 0
  ) {
    return { action, list, address } as const;
  }
  throw usageError(
    'a peer list is changed by add or remove, a list and one address',
    'Say `afteryou peer-list add LIST ADDRESS`, or `afteryou peer-list remove LIST ADDRESS`.',
  );
}

/** The daemon's answer; a refusal puts the old file back before it is told. */
async function reloaded(cli: Cli, putBack: () => void): Promise<ReloadReport | 'not running'> {
  try {
    return await withDaemon(cli, (client) => client.reload());
  } catch (error) {
    if (!(error instanceof AfteryouError)) throw error;
    if (error.code === 'CONTROL_UNREACHABLE') return 'not running';
    // Only then the daemon has said no to what the file says; otherwise it may still take it over.
    if (error.code === 'CONFIG_INVALID') putBack();
    throw error;
  }
}

/** The report as lines; its texts must be printable. */
export function peerListText({
  action,
  list,
  address,
  file,
  changed,
  reload,
  running,
}: PeerListReport): string {
  if (!changed) return `${address} is in peer list ${list} already; nothing was changed\n`;
  const done = action === 'add' ? `added ${address} to` : `removed ${address} from`;
  const first = `${done} peer list ${list} in ${file}\n`;
  if (reload !== null) return `${first}${reloadText(reload)}`;
  const next =
    running === false
      ? "the daemon isn't running: it reads the file when it starts"
      : 'not reloaded: `afteryou reload` makes it count';
  return `${first}${next}\n`;
}
