/**
 * The commander program: the table of commands, the options that all have, and exit codes.
 *
 * Knows nothing of what a command does. commander exits with 1 for every wrong command line and prints by itself;
 * here it throws instead, and all output goes through the world.
 */
import { Command, CommanderError, Option } from 'commander';
import { AfteryouError } from '../errors.ts';
import { VERSION } from '../version.ts';
import type { CliCommand } from './command.ts';
import { COMMANDS } from './commands/table.ts';
import { EXIT, exitCodeOf } from './exit-codes.ts';
import { showError } from './printing.ts';
import type { Globals, World } from './world.ts';

/** Where the configuration is when -c doesn't say. The daemon's own default is the same. */
export const DEFAULT_CONFIG_FILE = '/etc/afteryou/afteryou.yaml';

const HELP_WIDTH = 110;

/** Runs one command line, without `node` and the script in front. @returns the exit code; never throws */
export async function runCli(args: readonly string[], world: World): Promise<number> {
  let exitCode: number = EXIT.done;
  const program = createProgram(world, async (command, globals, given) => {
    exitCode = await command.run({ ...globals, world }, given);
  });
  try {
    await program.parseAsync([...args], { from: 'user' });
    return exitCode;
  } catch (error) {
    if (!(error instanceof CommanderError)) {
      showError(world, error, outputOf(program));
      return exitCodeOf(error);
    }
    if (error.exitCode === 0) return EXIT.done;
    // Help instead of a command has been printed already.
    if (error.code !== 'commander.help') showError(world, usageErrorOf(error), outputOf(program));
    return EXIT.usage;
  }
}

type Action = (
  command: CliCommand,
  globals: Globals,
  given: { args: readonly string[]; options: Readonly<Record<string, unknown>> },
) => Promise<void>;

/** The program with all its commands; `act` is called for the one that is given. */
export function createProgram(world: Pick<World, 'out' | 'err'>, act: Action): Command {
  const program = new Command('afteryou');
  program
    .description(
      'Decides who starts an IPsec tunnel: waits for the peer, then calls, and ends with exactly one tunnel.',
    )
    .option('-c, --config <file>', 'the configuration', DEFAULT_CONFIG_FILE)
    .addOption(
      new Option('-o, --output <format>', 'how to show results and errors')
        .choices(['text', 'json'])
        .default('text'),
    )
    .version(VERSION, '--version', 'show the version')
    .helpOption('-h, --help', 'show help')
    .helpCommand(false)
    .exitOverride()
    .configureHelp({ showGlobalOptions: true })
    .configureOutput({
      writeOut: world.out,
      // Errors of the command line are printed once they are caught; what is left for here is help.
      writeErr: world.err,
      outputError: () => {},
      getOutHelpWidth: () => HELP_WIDTH,
      getErrHelpWidth: () => HELP_WIDTH,
      getOutHasColors: () => false,
      getErrHasColors: () => false,
    });
  for (const entry of COMMANDS) {
    const command = program.command(entry.name).summary(entry.summary);
    entry.define?.(command);
    command.action(() => act(entry, globalsOf(program), { args: command.args, options: command.opts() }));
  }
  return program;
}

function globalsOf(program: Command): Globals {
  const { config } = program.opts<{ config: string }>();
  return {
    configFile: config,
    configGiven: program.getOptionValueSource('config') !== 'default',
    output: outputOf(program),
  };
}

function outputOf(program: Command): Globals['output'] {
  return program.opts()['output'] === 'json' ? 'json' : 'text';
}

/** `error: unknown command 'statsu'\n(Did you mean status?)` in our form. */
function usageErrorOf(error: CommanderError): AfteryouError {
  const [first = '', ...others] = error.message.replace(/^error: /, '').split('\n');
  const suggestion = others.join(' ').replace(/^\((.*)\)$/, '$1');
  return new AfteryouError('USAGE', first, {
    nextStep: suggestion === '' ? 'See `afteryou --help`, or `afteryou COMMAND --help`.' : suggestion,
  });
}
