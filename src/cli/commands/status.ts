/** `afteryou status`: one line per peer, then what is wrong in whole sentences. */
import type { IkeSaStatus, PeerStatus, StatusReport } from '../../control/api.ts';
import { withDaemon } from '../asking.ts';
import { installedNames } from '../children.ts';
import type { CliCommand } from '../command.ts';
import { EXIT } from '../exit-codes.ts';
import { show } from '../printing.ts';
import { stateColoured } from '../text/colour.ts';
import { columns } from '../text/columns.ts';
import { allPrintable } from '../text/printable.ts';
import { age, until } from '../text/times.ts';

const HEADINGS = ['PEER', 'SERVICE', 'STATE', 'FOR', 'NEXT', 'ROLE', 'IKE_SA', 'CHILDREN'];
const STATE_COLUMN = HEADINGS.indexOf('STATE');

export const status: CliCommand = {
  name: 'status',
  summary: 'show all peers, or one',
  define: (command) => {
    command
      .description(
        'Shows one line per peer: its state, for how long, when the mode ends (NEXT), who started the live IKE_SA seen\n' +
          'from here (ROLE), the ids of its IKE_SAs, and how many of the configured children each has up (CHILDREN).\n' +
          'Warnings come last. Exits with 0 also when peers are down; `afteryou wait` asks whether one is up.',
      )
      .argument('[peer]', 'name, address or connection of a peer');
  },
  run: async (cli, { args }) => {
    const report = await withDaemon(cli, (client) => client.status(args[0]));
    show(cli, report, (shown) => statusText(allPrintable(shown), cli.world.now(), cli.world.isColoured));
    return EXIT.done;
  },
};

/** The report as lines; its texts must be printable. */
export function statusText(report: StatusReport, now: Date, isColoured: boolean): string {
  const rows = [HEADINGS, ...report.peers.map((peer) => row(peer, now))];
  const table = columns(rows, (text, column) =>
    column === STATE_COLUMN ? stateColoured(text, isColoured) : text,
  );
  const health = report.health.map((sentence) => `${sentence}\n`).join('');
  return `${table}\n${summary(report, now)}\n${health === '' ? '' : `\n${health}`}`;
}

function row(peer: PeerStatus, now: Date): string[] {
  return [
    peer.peer,
    peer.service,
    peer.state,
    age(peer.since, now),
    peer.deadline === null ? '' : until(peer.deadline, now),
    peer.role ?? '',
    peer.ike_sas.map(({ id }) => id).join(','),
    peer.ike_sas.map((ikeSa) => childrenOf(peer, ikeSa)).join(','),
  ];
}

/** `1/2`: of the connection's two children, one is up. `1/?`: the connection has been unloaded. */
function childrenOf({ connection, children_configured: configured }: PeerStatus, ikeSa: IkeSaStatus): string {
  return `${installedNames(ikeSa).size}/${connection === null ? '?' : configured.length}`;
}

function summary({ peers, charon, mode }: StatusReport, now: Date): string {
  const counts = new Map<string, number>();
  for (const { state } of peers) counts.set(state, (counts.get(state) ?? 0) + 1);
  const states = [...counts].map(([state, count]) => `${count} ${state}`).join(', ');
  const noun = peers.length === 1 ? 'peer' : 'peers';
  const daemon = charon.version === null ? 'charon' : `charon ${charon.version}`;
  const attached = charon.attached ? 'attached' : 'not attached';
  const observing = mode === 'observe' ? '; observing only' : '';
  return `${peers.length} ${noun}${states === '' ? '' : `: ${states}`}; ${daemon} ${attached} for ${age(charon.since, now)}${observing}`;
}
