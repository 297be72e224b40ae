/** `afteryou show`: services, peer lists and IKE_SAs under the names that Cisco's commands have. */
import type { ControlClient } from '../../control/client.ts';
import type { IkeSasReport, PeerListsReport, ServicesReport } from '../../control/show-api.ts';
import { withDaemon } from '../asking.ts';
import { type CliCommand, usageError } from '../command.ts';
import { EXIT } from '../exit-codes.ts';
import { show } from '../printing.ts';
import { allPrintable } from '../text/printable.ts';
import type { Cli } from '../world.ts';
import { ikev2Text, isakmpDetailText, isakmpText, peerListsText, servicesText } from './show-text.ts';

/** What can be shown: fixed words, then at most one name where `takes` says so. */
interface Showing {
  readonly words: string;
  readonly run: (cli: Cli, name: string | null) => Promise<void>;
  readonly takes: 'no name' | 'a name' | 'a name or nothing';
}

const SHOWINGS: readonly Showing[] = [
  { words: 'wsg-service all', takes: 'no name', run: showServices },
  { words: 'wsg-service name', takes: 'a name', run: showServices },
  { words: 'crypto peer-list', takes: 'a name or nothing', run: showPeerLists },
  { words: 'crypto isakmp sa', takes: 'no name', run: (cli) => showIkeSas(cli, 1, isakmpText) },
  { words: 'crypto isakmp sa detail', takes: 'no name', run: (cli) => showIkeSas(cli, 1, isakmpDetailText) },
  {
    words: 'crypto ikev2 sa',
    takes: 'no name',
    run: (cli) => showIkeSas(cli, 2, (sas) => ikev2Text(sas, false)),
  },
  {
    words: 'crypto ikev2 sa detail',
    takes: 'no name',
    run: (cli) => showIkeSas(cli, 2, (sas) => ikev2Text(sas, true)),
  },
];

export const showCommand: CliCommand = {
  name: 'show',
  summary: 'show services, peer lists and IKE_SAs in the words of Cisco',
  define: (command) => {
    command
      .description(
        'Shows, through the daemon:\n' +
          '  wsg-service all | name NAME    the services\n' +
          '  crypto peer-list [NAME]        the peer lists, with the state of each peer\n' +
          '  crypto isakmp sa [detail]      the IKE_SAs of IKEv1\n' +
          '  crypto ikev2 sa [detail]       the IKE_SAs of IKEv2',
      )
      .argument('<what...>', 'as above');
  },
  run: async (cli, { args }) => {
    for (const { words, takes, run } of SHOWINGS.toReversed()) {
      const count = words.split(' ').length;
      if (args.slice(0, count).join(' ') !== words) continue;
      const [name = null, ...others] = args.slice(count);
      const fits = takes === 'no name' ? name === null : takes === 'a name' ? name !== null : true;
      if (!fits || others.length > 0) break;
      await run(cli, name);
      return EXIT.done;
    }
    throw usageError(`can't show '${args.join(' ')}'`, 'See `afteryou show --help` for what can be shown.');
  },
};

async function showServices(cli: Cli, name: string | null): Promise<void> {
  const report = await withDaemon(cli, (client: ControlClient): Promise<ServicesReport> => client.services());
  const services = report.services.filter(({ service }) => name === null || service === name);
  if (name !== null && services.length === 0) throw unknown('service', name, 'show wsg-service all');
  show(cli, { ...report, services }, (shown) => servicesText(allPrintable(shown)));
}

async function showPeerLists(cli: Cli, name: string | null): Promise<void> {
  const report = await withDaemon(cli, (client): Promise<PeerListsReport> => client.peerLists());
  const lists = report.peer_lists.filter(({ peer_list: list }) => name === null || list === name);
  if (name !== null && lists.length === 0) throw unknown('peer list', name, 'show crypto peer-list');
  show(cli, { ...report, peer_lists: lists }, (shown) => peerListsText(allPrintable(shown)));
}

async function showIkeSas(
  cli: Cli,
  version: 1 | 2,
  asText: (ikeSas: IkeSasReport['ike_sas']) => string,
): Promise<void> {
  const report = await withDaemon(cli, (client): Promise<IkeSasReport> => client.ikeSas());
  const ikeSas = report.ike_sas.filter((sa) => sa.version === version);
  show(cli, { ...report, ike_sas: ikeSas }, ({ ike_sas: shown }) => asText(allPrintable(shown)));
}

function unknown(what: string, name: string, all: string): Error {
  return usageError(`there is no ${what} '${name}'`, `\`afteryou ${all}\` shows what there is.`);
}
