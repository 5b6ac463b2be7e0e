import { type ArgumentSpec, completionKind, type OptionSpec, type ProgramSpec } from './command-spec.ts';

/** A completion script for zsh: the file _podfront in a folder of fpath, or sourced after compinit (zshcompsys(1)). */
export function zshScript({ name, options, commands }: ProgramSpec): string {
  const general = [...options, help].map(specOf);
  const described = [
    ...commands.map((command) => [command.name, command.summary] as const),
    ['help', 'display help for a command'] as const,
  ];
  const list = described.map(([command, about]) => `    ${single(`${command}:${about}`)}`);
  const cases = commands.map(({ name: command, options: own, arguments: positional }) => {
    const specs = [...own.map(specOf), ...general, ...positional.map(argumentOf)];
    return `        ${command})\n          _arguments \\\n${specs.map((spec) => `            ${spec}`).join(' \\\n')}\n          ;;`;
  });
  return `#compdef ${name}
_${name}_listens() {
  local -a config names
  local file=\${opt_args[--config]:-$general_config}
  [[ -n $file ]] && config=(--config "\${(Q)file}")
  names=(\${(f)"$(${name} $config completion zsh --listens 2>/dev/null)"})
  compadd -a names
}
_${name}() {
  typeset -A opt_args
  local curcontext="$curcontext" state line
  local -a commands=(
${list.join('\n')}
  )
  _arguments -C \\
${general.map((spec) => `    ${spec}`).join(' \\\n')} \\
    '1: :->command' \\
    '*:: :->arguments'
  # _arguments below sets opt_args again.
  local general_config=\${opt_args[--config]}
  case $state in
    command) _describe command commands ;;
    arguments)
      case $line[1] in
        help) _describe command commands ;;
${cases.join('\n')}
      esac
      ;;
  esac
}
if [[ $funcstack[1] == _${name} ]]; then
  _${name} "$@"
else
  compdef _${name} ${name}
fi
`;
}

const help: OptionSpec = { short: '-h', long: '--help', value: null, choices: [], about: 'display help for command', fallback: null };

/** `'(-V --version)'{-V,--version}'[about]:value:action'` */
function specOf({ short, long, value, choices, about }: OptionSpec): string {
  const tail = `[${about.replace(/[[\]\\:]/g, '\\$&')}]${value === null ? '' : `:${value.replace(/[[\]\\:]/g, '\\$&')}:${actionOf(value, choices)}`}`;
  const repeated = value?.endsWith('...') === true || /-file$/.test(long) ? '*' : '';
  return short === null ? single(`${repeated}${long}${tail}`) : `${single(`(${short} ${long})`)}{${short},${long}}${single(tail)}`;
}

function argumentOf({ name, variadic, required, choices }: ArgumentSpec): string {
  return single(`${variadic ? '*' : ''}:${required ? '' : ':'}${name}:${actionOf(name, choices)}`);
}

function actionOf(value: string, choices: readonly string[]): string {
  if (choices.length > 0) return `(${choices.join(' ')})`;
  switch (completionKind(value)) {
    case 'files':
      return '_files';
    case 'folders':
      return '_files -/';
    case 'listens':
      return '_podfront_listens';
    default:
      return ' ';
  }
}

function single(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}
