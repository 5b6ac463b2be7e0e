import { completionKind, type OptionSpec, type ProgramSpec } from './command-spec.ts';

/** A completion script for bash 4.4 and newer; it needs no bash-completion package (bash(1), Programmable Completion). */
export function bashScript({ options, commands }: ProgramSpec): string {
  const valued = options.filter(({ value }) => value !== null).map(({ long }) => long);
  const general = options.flatMap(words);
  const cases = commands.map((command) => {
    const own = [...command.options.flatMap(words), ...general, '--help'];
    const [argument] = command.arguments;
    const positional =
      argument === undefined
        ? ''
        : argument.choices.length > 0
          ? `_podfront_words "${argument.choices.join(' ')}"`
          : filesOf(argument.name);
    return `    ${command.name})
      case $cur in
        -*) _podfront_words "${own.join(' ')}" ;;
        *) ${positional || ':'} ;;
      esac
      ;;`;
  });
  const values = [
    ...options.map((option) => valueCase('*', option)),
    ...commands.flatMap((command) => command.options.map((option) => valueCase(command.name, option))),
  ].filter((line) => line !== '');
  return `# bash completion for podfront
_podfront_words() { mapfile -t COMPREPLY < <(compgen -W "$1" -- "$cur"); }
_podfront_files() { compopt -o filenames; mapfile -t COMPREPLY < <(compgen "$1" -- "$cur"); }
_podfront() {
  local cur=\${COMP_WORDS[COMP_CWORD]} prev=\${COMP_WORDS[COMP_CWORD - 1]} command= i config=()
  COMPREPLY=()
  # bash cuts words at =
  if [[ $cur == = ]]; then cur=; elif [[ $prev == = ]]; then prev=\${COMP_WORDS[COMP_CWORD - 2]}; fi
  for ((i = 1; i < COMP_CWORD; i++)); do
    if [[ \${COMP_WORDS[i]} == --config ]]; then
      if [[ \${COMP_WORDS[i + 1]} == = ]]; then config=(--config "\${COMP_WORDS[i + 2]}"); else config=(--config "\${COMP_WORDS[i + 1]}"); fi
    fi
    case \${COMP_WORDS[i]} in
      ${valued.join('|')}) if [[ \${COMP_WORDS[i + 1]} == = ]]; then i=$((i + 2)); else i=$((i + 1)); fi ;;
      -*) ;;
      *) command=\${COMP_WORDS[i]}; break ;;
    esac
  done
  case "$command $prev" in
${values.join('\n')}
  esac
  case $command in
    '')
      case $cur in
        -*) _podfront_words "${[...general, '--help'].join(' ')}" ;;
        *) _podfront_words "${[...commands.map((command) => command.name), 'help'].join(' ')}" ;;
      esac
      ;;
    help) _podfront_words "${commands.map((command) => command.name).join(' ')}" ;;
${cases.join('\n')}
  esac
}
complete -F _podfront podfront
`;
}

function words({ short, long }: OptionSpec): readonly string[] {
  return short === null ? [long] : [short, long];
}

function valueCase(command: string, { long, value, choices }: OptionSpec): string {
  if (value === null) return '';
  const offer = choices.length > 0 ? `_podfront_words "${choices.join(' ')}"` : filesOf(value) || ':';
  return `    ${command === '*' ? `*' ` : `'${command} `}${long}') ${offer}; return ;;`;
}

function filesOf(value: string): string {
  switch (completionKind(value)) {
    case 'files':
      return '_podfront_files -f';
    case 'folders':
      return '_podfront_files -d';
    case 'listens':
      return `_podfront_words "$(podfront "\${config[@]}" completion bash --listens 2>/dev/null)"`;
    default:
      return '';
  }
}
