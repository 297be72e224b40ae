/** `afteryou explain`: all that is known of one peer, and why it is in the state that it is in. */
import type { ExplainReport, HistoryEntry, IkeSaStatus, PeerStatus } from '../../control/api.ts';
import { withDaemon } from '../asking.ts';
import type { CliCommand } from '../command.ts';
import { EXIT } from '../exit-codes.ts';
import { show } from '../printing.ts';
import { stateColoured } from '../text/colour.ts';
import { columns } from '../text/columns.ts';
import { allPrintable } from '../text/printable.ts';
import { age, clock, until } from '../text/times.ts';

export const explain: CliCommand = {
  name: 'explain',
  summary: 'explain why a peer is in its state, and what will happen next',
  define: (command) => {
    command
      .description(
        'Shows one peer: its state, why it is in it, what will happen next and what would change that; its live\n' +
          'IKE_SAs with who initiated them; the last error word for word; and the history with the rules that acted.',
      )
      .argument('<peer>', 'name, address or connection of a peer');
  },
  run: async (cli, { args }) => {
    const report = await withDaemon(cli, (client) => client.explain(args[0] ?? ''));
    show(cli, report, (shown) => explainText(allPrintable(shown), cli.world.now(), cli.world.isColoured));
    return EXIT.done;
  },
};

/** The report as lines; its texts must be printable. */
export function explainText(
  { status, history, explanation }: ExplainReport,
  now: Date,
  isColoured: boolean,
): string {
  const parts = [
    `${status.peer} of service ${status.service}\n${columns(facts(status, now, isColoured))}`,
    explanation.map((sentence) => `${sentence}\n`).join(''),
    status.ike_sas.length === 0 ? 'no IKE_SA\n' : columns(ikeSaRows(status.ike_sas)),
    history.length === 0 ? 'no history\n' : columns([HISTORY_HEADINGS, ...history.map(historyRow)]),
  ];
  return parts.filter((part) => part !== '').join('\n');
}

function facts(peer: PeerStatus, now: Date, isColoured: boolean): string[][] {
  const next =
    peer.deadline === null ? 'nothing is due' : `${clock(peer.deadline)} (in ${until(peer.deadline, now)})`;
  const counters = Object.entries(peer.counters).map(([name, count]) => `${name} ${count}`);
  const error = peer.last_error;
  return [
    [
      '  state',
      `${stateColoured(peer.state, isColoured)} since ${age(peer.since, now)} (${clock(peer.since)})`,
    ],
    ['  next deadline', next],
    ['  policy', peer.paused ? `${peer.policy}, paused by an operator` : peer.policy],
    ['  address', peer.address],
    ['  connection', peer.connection ?? 'charon has none for this peer'],
    ['  role', peer.role ?? ''],
    ['  counters', counters.join(', ')],
    [
      '  last error',
      error === null ? 'none' : `${error.text} (${age(error.at, now)} ago, ${clock(error.at)})`,
    ],
  ];
}

function ikeSaRows(ikeSas: readonly IkeSaStatus[]): string[][] {
  const headings = [
    'IKE_SA',
    'STATE',
    'INITIATED_BY',
    'PROVEN',
    'INITIATOR_SPI',
    'RESPONDER_SPI',
    'CHILDREN',
  ];
  const rows = ikeSas.map((sa) => [
    sa.id,
    sa.state,
    sa.initiated_by,
    sa.proven ? 'yes' : 'no',
    sa.initiator_spi,
    sa.responder_spi,
    sa.children.map(({ id, name, state }) => `${name}{${id}}:${state}`).join(','),
  ]);
  return [headings, ...rows];
}

const HISTORY_HEADINGS = ['TIME', 'RULE', 'WHAT', 'WHY'];

function historyRow({ at, rule, kind, from, to, why }: HistoryEntry): string[] {
  return [clock(at), rule, kind === 'transition' ? `${from ?? 'new'} -> ${to ?? 'gone'}` : kind, why];
}
