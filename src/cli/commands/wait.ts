/** `afteryou wait`: for scripts that need a tunnel, or its end. */
import { Option } from 'commander';
import type { PeerStatus } from '../../control/api.ts';
import type { ControlClient } from '../../control/client.ts';
import { withDaemon } from '../asking.ts';
import { hasAllChildren } from '../children.ts';
import { type CliCommand, usageError } from '../command.ts';
import { EXIT } from '../exit-codes.ts';
import { wholeNumber } from '../numbers.ts';
import { show } from '../printing.ts';
import { printable } from '../text/printable.ts';
import type { Cli } from '../world.ts';

type Condition = 'up' | 'down';

const TIMEOUT_SECONDS = 60;
const TIMEOUT_SECONDS_MAX = 86_400;
const ASK_EVERY_MS = 200;

export const wait: CliCommand = {
  name: 'wait',
  summary: 'wait until a peer is up, or down',
  define: (command) => {
    command
      .description(
        'Waits until a peer is up (an IKE_SA with all children that are configured) or down (no IKE_SA that is up).\n' +
          'Says nothing and exits with 0 when it is, with 1 when the time is over.',
      )
      .argument('<peer>', 'name, address or connection of a peer')
      .addOption(new Option('--up', 'wait until it is up').conflicts('down'))
      .option('--down', 'wait until it is down')
      .addOption(
        new Option('--timeout <seconds>', 'how long at most; 0 asks once')
          .argParser(wholeNumber(0, TIMEOUT_SECONDS_MAX))
          .default(TIMEOUT_SECONDS),
      );
  },
  run: async (cli, { args, options }) => {
    const condition = options['up'] === true ? 'up' : options['down'] === true ? 'down' : null;
    if (condition === null) throw usageError('wait for what?', 'Say `--up` or `--down`.');
    const seconds = Number(options['timeout']);
    const peer = args[0] ?? '';
    const status = await withDaemon(cli, (client) => awaited(cli, client, peer, condition, seconds * 1_000));
    const met = holds(status, condition);
    const report = {
      schema: 1,
      peer: status.peer,
      service: status.service,
      condition,
      met,
      state: status.state,
    };
    show(cli, report, () => '');
    if (!met && cli.output === 'text') {
      const name = printable(status.peer);
      cli.world.err(
        `afteryou: ${name} isn't ${condition} after ${seconds} s: its state is ${printable(status.state)}\n`,
      );
    }
    return met ? EXIT.done : EXIT.notTrue;
  },
};

/** The peer's status when the condition holds, or when the time is over. */
async function awaited(
  cli: Cli,
  client: ControlClient,
  peer: string,
  condition: Condition,
  timeoutMs: number,
): Promise<PeerStatus> {
  const { world } = cli;
  const interrupted = world.interrupted();
  const endMs = world.now().getTime() + timeoutMs;
  for (;;) {
    const { status } = await client.explain(peer);
    const leftMs = endMs - world.now().getTime();
    if (holds(status, condition) || leftMs <= 0 || interrupted.aborted) return status;
    await world.pause(Math.min(ASK_EVERY_MS, leftMs), interrupted);
  }
}

/** While two tunnels are being settled both carry traffic; of paused and passive peers the SAs alone tell. */
function holds(peer: PeerStatus, condition: Condition): boolean {
  const { state, ike_sas: ikeSas } = peer;
  const established = ikeSas.filter((sa) => sa.state === 'ESTABLISHED' || sa.state === 'REKEYING');
  if (condition === 'down') return established.length === 0;
  if (state === 'up' || state === 'settling') return true;
  return state !== 'degraded' && established.some((ikeSa) => hasAllChildren(peer, ikeSa));
}
