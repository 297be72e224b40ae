/** Completion for fish, made from the tree of commands. Names of peers come from the daemon at each try. */
import type { Kind, Tree, TreeOption } from './tree.ts';

export function fishCompletion({ options, commands }: Tree): string {
  const names = commands.map(({ name }) => name).join(' ');
  const lines = [
    '# fish completion for afteryou',
    'complete -c afteryou -f',
    ...options.map((option) => `complete -c afteryou ${optionWords(option)}`),
  ];
  for (const { name, summary, options: own, arguments: places } of commands) {
    const here = `-n '__fish_seen_subcommand_from ${name}'`;
    const word = `-a ${name} -d ${quoted(summary)}`;
    lines.push(`complete -c afteryou -n 'not __fish_seen_subcommand_from ${names}' ${word}`);
    for (const option of own) {
      if (option.long !== '--help') lines.push(`complete -c afteryou ${here} ${optionWords(option)}`);
    }
    for (const { kind } of places) {
      const values = valueWords(kind);
      if (values !== '') lines.push(`complete -c afteryou ${here} ${values}`);
    }
  }
  return `${lines.join('\n')}\n`;
}

function optionWords({ long, short, description, takes }: TreeOption): string {
  const flags = [`-l ${long.slice(2)}`, ...(short === null ? [] : [`-s ${short.slice(1)}`])];
  const value =
    takes === null ? [] : [valueWords(takes) === '' || takes === 'file' ? '-r' : '-x', valueWords(takes)];
  return [...flags, ...value, `-d ${quoted(description)}`].filter((word) => word !== '').join(' ');
}

function valueWords(kind: Kind): string {
  if (kind === 'peer') return "-a '(afteryou completion peers 2>/dev/null)'";
  if (kind === 'service') return "-a '(afteryou completion services 2>/dev/null)'";
  if (kind === 'file') return '-F';
  return kind === 'word' ? '' : `-a '${kind.join(' ')}'`;
}

function quoted(text: string): string {
  return `'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`;
}
