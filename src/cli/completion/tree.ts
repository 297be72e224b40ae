/**
 * The command line as completion and manual need it: plain data read off the commander program.
 *
 * What a word is completed with follows from the names of arguments and options, so that a new command is completed
 * without a word being said about it here.
 */
import type { Argument, Command, Option } from 'commander';

/** What stands in the place of a word. */
export type Kind = 'peer' | 'service' | 'file' | 'word' | readonly string[];

export interface TreeOption {
  readonly flags: string;
  readonly long: string;
  readonly short: string | null;
  readonly description: string;
  /** null: it takes no value. */
  readonly takes: Kind | null;
}

export interface TreeArgument {
  /** As help shows it: `<peer>`, `[peer]`. */
  readonly shown: string;
  readonly description: string;
  readonly kind: Kind;
}

export interface TreeCommand {
  readonly name: string;
  readonly summary: string;
  readonly description: string;
  readonly arguments: readonly TreeArgument[];
  readonly options: readonly TreeOption[];
}

export interface Tree {
  readonly description: string;
  readonly options: readonly TreeOption[];
  readonly commands: readonly TreeCommand[];
}

const HELP: TreeOption = {
  flags: '-h, --help',
  long: '--help',
  short: '-h',
  description: 'show help',
  takes: null,
};

export function treeOf(program: Command): Tree {
  return {
    description: program.description(),
    options: [...program.options.map(optionOf), HELP],
    commands: program.commands.map((command) => ({
      name: command.name(),
      summary: command.summary(),
      description: command.description(),
      arguments: command.registeredArguments.map(argumentOf),
      options: [...command.options.map(optionOf), HELP],
    })),
  };
}

function optionOf(option: Option): TreeOption {
  const value = /[<[]([a-z]+)/.exec(option.flags)?.[1];
  return {
    flags: option.flags,
    long: option.long ?? '',
    short: option.short ?? null,
    description: describe(option),
    takes: value === undefined ? null : kindOf(option.long ?? '', value, option.argChoices),
  };
}

function argumentOf(argument: Argument): TreeArgument {
  const name = argument.name();
  const inner = argument.variadic ? `${name}...` : name;
  return {
    shown: argument.required ? `<${inner}>` : `[${inner}]`,
    description: argument.description,
    kind: kindOf('', name, argument.argChoices),
  };
}

function kindOf(option: string, name: string, choices: readonly string[] | undefined): Kind {
  if (choices !== undefined) return choices;
  if (name === 'peer') return 'peer';
  if (option.endsWith('service')) return 'service';
  return name.startsWith('file') || option === '--textfile' ? 'file' : 'word';
}

function describe({ description, defaultValue, argChoices }: Option): string {
  const choices = argChoices === undefined ? [] : [`one of ${argChoices.join(', ')}`];
  const preset =
    typeof defaultValue === 'string' || typeof defaultValue === 'number' ? [`default ${defaultValue}`] : [];
  const more = [...choices, ...preset].join('; ');
  return more === '' ? description : `${description} (${more})`;
}
