/** Completion for zsh, made from the tree of commands. Names of peers come from the daemon at each try. */
import type { Kind, Tree, TreeOption } from './tree.ts';

export function zshCompletion({ options, commands }: Tree): string {
  const common = options.filter(({ long }) => long !== '--help');
  return `#compdef afteryou
_afteryou_names() {
  local -a names
  names=(\${(f)"$(afteryou completion $1 2>/dev/null)"})
  compadd -a names
}
_afteryou() {
  local -a commands
  local context state line
  typeset -A opt_args
  commands=(
${commands.map(({ name, summary }) => `    ${quoted(`${name}:${summary}`)}`).join('\n')}
  )
  _arguments -C ${options.map(spec).join(' ')} '1: :->command' '*:: :->rest'
  case $state in
    command) _describe -t commands command commands ;;
    rest)
      case $line[1] in
${commands
  .map((one) => {
    const specs = [...one.options, ...common].map(spec);
    const places = one.arguments.map(({ kind, shown }, index) => {
      const place = shown.includes('...') ? '*' : String(index + 1);
      return quoted(`${place}:${shown.replaceAll(/[[\]<>.]/g, '')}:${action(kind)}`);
    });
    return `        ${one.name}) _arguments ${[...specs, ...places].join(' ')} ;;`;
  })
  .join('\n')}
      esac ;;
  esac
}
if [ "$funcstack[1]" = _afteryou ]; then _afteryou "$@"; else compdef _afteryou afteryou; fi
`;
}

function spec({ long, short, description, takes }: TreeOption): string {
  const text = `[${description.replaceAll(/[[\]:]/g, ' ')}]`;
  const value = takes === null ? '' : `:value:${action(takes)}`;
  const equals = takes === null ? '' : '=';
  const both = quoted(`${long}${equals}${text}${value}`);
  return short === null ? both : `${quoted(`${short}${text}${value}`)} ${both}`;
}

/** A blank in front has zsh call it as it stands, without words of its own in between (zshcompsys(1), "_arguments"). */
function action(kind: Kind): string {
  if (kind === 'peer') return ' _afteryou_names peers';
  if (kind === 'service') return ' _afteryou_names services';
  if (kind === 'file') return '_files';
  return kind === 'word' ? ' ' : `(${kind.join(' ')})`;
}

function quoted(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}
