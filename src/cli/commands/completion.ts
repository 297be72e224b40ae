/** `afteryou completion`: the scripts by which shells complete, and the names that those ask for. */
import { Argument } from 'commander';
import { withDaemon } from '../asking.ts';
import type { CliCommand } from '../command.ts';
import { EXIT } from '../exit-codes.ts';
import { printable } from '../text/printable.ts';
import type { Cli } from '../world.ts';

export const completion: CliCommand = {
  name: 'completion',
  summary: 'print what a shell needs to complete commands, peers and services',
  define: (command) => {
    command
      .description(
        'Prints the script by which bash, zsh or fish completes commands, options and the names of peers that the daemon\n' +
          'has at that moment. The scripts ask for `peers` and `services`, which prints nothing if no daemon answers.',
      )
      .addArgument(
        new Argument('<what>', 'a shell, or what its script asks for').choices([
          'bash',
          'zsh',
          'fish',
          'peers',
          'services',
        ]),
      );
  },
  run: async (cli, { args }) => {
    const [what] = args;
    cli.world.out(what === 'peers' || what === 'services' ? await names(cli, what) : await script(what));
    return EXIT.done;
  },
};

async function script(shell: string | undefined): Promise<string> {
  // The table of commands has this one in it.
  const [{ createProgram }, { treeOf }] = await Promise.all([
    import('../program.ts'),
    import('../completion/tree.ts'),
  ]);
  const ignore = (): void => {};
  const tree = treeOf(createProgram({ out: ignore, err: ignore }, () => Promise.resolve()));
  if (shell === 'zsh') return (await import('../completion/zsh.ts')).zshCompletion(tree);
  if (shell === 'fish') return (await import('../completion/fish.ts')).fishCompletion(tree);
  return (await import('../completion/bash.ts')).bashCompletion(tree);
}

/** One a line, nothing if no daemon answers: there is nobody who could read an error. */
async function names(cli: Cli, what: 'peers' | 'services'): Promise<string> {
  try {
    const { peers } = await withDaemon(cli, (client) => client.status());
    const all = new Set(peers.map(({ peer, service }) => (what === 'peers' ? peer : service)));
    return [...all].map((name) => `${printable(name)}\n`).join('');
  } catch {
    return '';
  }
}
