/** Completion for bash, made from the tree of commands. Names of peers come from the daemon at each try. */
import type { Kind, Tree, TreeCommand } from './tree.ts';

export function bashCompletion({ options, commands }: Tree): string {
  const valued = commands.flatMap(({ options: own }) => own).concat(options);
  const values = new Map(
    valued.flatMap(({ long, short, takes }) =>
      takes === null ? [] : [long, short].flatMap((flag) => (flag === null ? [] : [[flag, takes] as const])),
    ),
  );
  const flags = (of: TreeCommand['options']) => of.map(({ long }) => long).join(' ');
  return `# bash completion for afteryou
_afteryou() {
  local line=\${COMP_LINE:0:COMP_POINT} words cur prev command='' word skip='' position=0
  read -ra words <<<"$line"
  # bash cuts words at colons, of which IPv6 addresses are full: the line itself is looked at.
  case $line in *[[:space:]]) cur='' ;; *) cur=\${words[-1]}; unset 'words[-1]' ;; esac
  prev=\${words[-1]}
  for word in "\${words[@]:1}"; do
    if [ -n "$skip" ]; then skip=''; continue; fi
    case $word in
      ${[...values.keys()].join('|')}) skip=yes ;;
      -*) ;;
      *) if [ -z "$command" ]; then command=$word; else position=$((position + 1)); fi ;;
    esac
  done
  COMPREPLY=()
  case $prev in
${[...values].map(([flag, kind]) => `    ${flag}) ${fill(kind)}; _afteryou_trim; return ;;`).join('\n')}
  esac
  if [[ $cur == -* ]]; then
    case $command in
${commands.map((one) => `      ${one.name}) _afteryou_words '${flags(one.options.concat(options.filter(({ long }) => long !== '--help')))}' ;;`).join('\n')}
      *) _afteryou_words '${flags(options)}' ;;
    esac
    return
  fi
  case $command:$position in
    :*) _afteryou_words '${commands.map(({ name }) => name).join(' ')}' ;;
${commands.flatMap((one) => one.arguments.map(({ kind }, place) => `    ${one.name}:${place}) ${fill(kind)} ;;`)).join('\n')}
  esac
  _afteryou_trim
}
_afteryou_words() {
  mapfile -t COMPREPLY < <(compgen -W "$1" -- "$cur")
}
_afteryou_names() {
  mapfile -t COMPREPLY < <(compgen -W "$(afteryou completion "$1" 2>/dev/null)" -- "$cur")
}
_afteryou_trim() {
  local index before=\${cur%"\${cur##*:}"}
  case $COMP_WORDBREAKS in *:*) for index in "\${!COMPREPLY[@]}"; do COMPREPLY[index]=\${COMPREPLY[index]#"$before"}; done ;; esac
}
complete -o default -F _afteryou afteryou
`;
}

/** The call that fills COMPREPLY; for files bash's own default does. */
function fill(kind: Kind): string {
  if (kind === 'peer') return '_afteryou_names peers';
  if (kind === 'service') return '_afteryou_names services';
  return typeof kind === 'string' ? ':' : `_afteryou_words '${kind.join(' ')}'`;
}
