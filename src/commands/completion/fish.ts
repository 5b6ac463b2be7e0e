import { completionKind, type OptionSpec, type ProgramSpec } from './command-spec.ts';

/** A completion script for fish (complete(1) of fish). */
export function fishScript({ name, options, commands }: ProgramSpec): string {
  const valued = options.filter(({ value }) => value !== null).map(({ long }) => long);
  const none = `'__${name}_at ""'`;
  const lines = [
    `# fish completion for ${name}`,
    // fish's own __fish_use_subcommand mistakes the value of an option for the command.
    `function __${name}_at`,
    '    set -l command',
    '    set -l value 0',
    '    for word in (commandline -opc)[2..]',
    '        if test $value = 1',
    '            set value 0',
    `        else if contains -- $word ${valued.join(' ')}`,
    '            set value 1',
    "        else if not string match -q -- '-*' $word",
    '            set command $word',
    '            break',
    '        end',
    '    end',
    '    test "$command" = "$argv[1]"',
    'end',
    `function __${name}_listens`,
    '    set -l config',
    '    set -l words (commandline -opc)',
    '    for i in (seq (count $words))',
    '        if test $words[$i] = --config; and set -q words[(math $i + 1)]',
    '            set config --config $words[(math $i + 1)]',
    "        else if string match -q -- '--config=*' $words[$i]",
    '            set config $words[$i]',
    '        end',
    '    end',
    `    ${name} $config completion fish --listens 2>/dev/null`,
    'end',
    `complete -c ${name} -f`,
    `complete -c ${name} -s h -l help -d ${single('display help for command')}`,
    ...options.map((option) => optionLine(name, null, option)),
    ...commands.map((command) => `complete -c ${name} -n ${none} -a ${command.name} -d ${single(command.summary)}`),
    `complete -c ${name} -n ${none} -a help -d ${single('display help for a command')}`,
    `complete -c ${name} -n '__${name}_at help' -a ${single(commands.map((command) => command.name).join(' '))}`,
    ...commands.flatMap((command) => [
      ...command.options.map((option) => optionLine(name, command.name, option)),
      ...command.arguments.flatMap((argument) => {
        const when = `complete -c ${name} -n '__${name}_at ${command.name}'`;
        if (argument.choices.length > 0) return [`${when} -a ${single(argument.choices.join(' '))}`];
        if (completionKind(argument.name) === 'listens') return [`${when} -a '(__${name}_listens)'`];
        return completionKind(argument.name) === 'files' ? [`${when} -F`] : [];
      }),
    ]),
  ];
  return `${lines.join('\n')}\n`;
}

function optionLine(program: string, command: string | null, { short, long, value, choices, about }: OptionSpec): string {
  const when = command === null ? '' : ` -n '__${program}_at ${command}'`;
  const letter = short === null ? '' : ` -s ${short.slice(1)}`;
  return `complete -c ${program}${when}${letter} -l ${long.slice(2)}${offerOf(value, choices)} -d ${single(about)}`;
}

function offerOf(value: string | null, choices: readonly string[]): string {
  if (value === null) return '';
  if (choices.length > 0) return ` -x -a ${single(choices.join(' '))}`;
  switch (completionKind(value)) {
    case 'files':
      return ' -r -F';
    case 'folders':
      return ` -x -a '(__fish_complete_directories)'`;
    default:
      return ' -x';
  }
}

function single(text: string): string {
  return `'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`;
}
