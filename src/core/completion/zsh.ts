import { type ArgumentOutline, type OptionOutline, type Outline, proposed } from '../outline.ts';

/** A completion script for zsh: a file _podfront in a folder of fpath, or sourced behind compinit (zshcompsys(1)). */
export function zshScript({ name, options, commands }: Outline): string {
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
_${name}() {
  local curcontext="$curcontext" state line
  local -a commands=(
${list.join('\n')}
  )
  _arguments -C \\
${general.map((spec) => `    ${spec}`).join(' \\\n')} \\
    '1: :->command' \\
    '*:: :->arguments'
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

const help: OptionOutline = { short: '-h', long: '--help', value: null, choices: [], about: 'display help for command', fallback: null };

/** `'(-V --version)'{-V,--version}'[about]:value:action'` */
function specOf({ short, long, value, choices, about }: OptionOutline): string {
  const tail = `[${about.replace(/[[\]\\:]/g, '\\$&')}]${value === null ? '' : `:${value.replace(/[[\]\\:]/g, '\\$&')}:${actionOf(value, choices)}`}`;
  const repeated = value?.endsWith('...') === true || /-file$/.test(long) ? '*' : '';
  return short === null ? single(`${repeated}${long}${tail}`) : `${single(`(${short} ${long})`)}{${short},${long}}${single(tail)}`;
}

function argumentOf({ name, variadic, required, choices }: ArgumentOutline): string {
  return single(`${variadic ? '*' : ''}:${required ? '' : ':'}${name}:${actionOf(name, choices)}`);
}

function actionOf(value: string, choices: readonly string[]): string {
  if (choices.length > 0) return `(${choices.join(' ')})`;
  const kind = proposed(value);
  return kind === 'files' ? '_files' : kind === 'folders' ? '_files -/' : ' ';
}

function single(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}
