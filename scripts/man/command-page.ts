/** afteryou(8), made from the tree of commands. */
import type { Tree, TreeCommand, TreeOption } from '../../src/cli/completion/tree.ts';
import { EXIT } from '../../src/cli/exit-codes.ts';
import { flags, page, paragraphs, safe } from './mdoc.ts';

const EXIT_MEANINGS: Record<keyof typeof EXIT, string> = {
  done: 'Done; what was asked for is true.',
  notTrue: 'What was asked for is not true, one of the peers is not done, or the daemon refused.',
  usage: 'The command line is wrong, or names a peer that is not there.',
  unavailable: 'The daemon, or charon behind it, cannot be reached.',
  software: 'A bug of afteryou, or a state file that it cannot keep.',
  configuration: 'The configuration is wrong or cannot be read.',
};

const FILES: readonly (readonly [path: string, what: string])[] = [
  ['/etc/afteryou/afteryou.yaml', 'The configuration.'],
  ['/etc/afteryou/conf.d/*.yaml', 'More of it.'],
  ['/run/afteryou/control.sock', 'The control socket.'],
  ['/var/lib/afteryou/state.msgpack', 'What survives a restart of the daemon.'],
  ['/run/charon.vici', "charon's VICI socket."],
];

export function commandPage({ description, options, commands }: Tree, date: string): string {
  return page('afteryou', 8, date, 'decide who starts an IPsec tunnel', [
    '.Sh SYNOPSIS',
    '.Nm',
    '.Op Ar options',
    '.Ar command',
    '.Op Ar argument ...',
    '.Sh DESCRIPTION',
    ...paragraphs(description),
    'It runs beside strongSwan, whose daemon charon does the IKE.',
    '.Pp',
    'Options of all commands:',
    ...optionList(options),
    '.Sh COMMANDS',
    ...commands.flatMap(commandSection),
    '.Sh FILES',
    '.Bl -tag -width Ds',
    ...FILES.flatMap(([path, what]) => [`.It Pa ${safe(path)}`, safe(what)]),
    '.El',
    '.Sh EXIT STATUS',
    '.Bl -tag -width Ds',
    ...Object.entries(EXIT).flatMap(([name, code]) => [
      `.It ${code}`,
      ...paragraphs(EXIT_MEANINGS[name as keyof typeof EXIT]),
    ]),
    '.El',
    '.Sh SEE ALSO',
    '.Xr afteryou.yaml 5 ,',
    '.Xr swanctl 8',
  ]);
}

function commandSection({ name, summary, description, arguments: places, options }: TreeCommand): string[] {
  const own = options.filter(({ long }) => long !== '--help');
  const shown = places.map(({ shown: text }) => text.replaceAll(/[<>]/g, '')).join(' ');
  return [
    // The zero-width character keeps a bracket at the end from being taken for punctuation.
    `.Ss ${safe([name, ...(own.length === 0 ? [] : ['[options]']), shown].join(' ').trim())}\\&`,
    ...paragraphs(description === '' ? `${summary}.` : description),
    ...(places.length === 0
      ? []
      : [
          '.Bl -tag -width Ds',
          ...places.flatMap(({ shown: text, description: what }) => [
            `.It Ar ${safe(text.replaceAll(/[<>[\]]/g, ''))}`,
            ...paragraphs(what),
          ]),
          '.El',
        ]),
    ...optionList(own),
  ];
}

function optionList(options: readonly TreeOption[]): string[] {
  if (options.length === 0) return [];
  return [
    '.Bl -tag -width Ds',
    ...options.flatMap(({ flags: text, description }) => [`.It ${flags(text)}`, ...paragraphs(description)]),
    '.El',
  ];
}
