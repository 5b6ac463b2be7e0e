import type { Argument, Command, Option } from 'commander';
import type { ArgumentSpec, CommandSpec, OptionSpec, ProgramSpec } from '../commands/completion/command-spec.ts';

/** Describes a commander program as data. */
export function describeProgram(program: Command): ProgramSpec {
  return {
    name: program.name(),
    version: program.version() ?? '',
    description: program.description(),
    options: program.options.map(optionOf),
    commands: program.commands.map(commandOf),
  };
}

function commandOf(command: Command): CommandSpec {
  return {
    name: command.name(),
    summary: command.summary(),
    description: command.description(),
    arguments: command.registeredArguments.map(argumentOf),
    options: command.options.map(optionOf),
  };
}

function argumentOf(argument: Argument): ArgumentSpec {
  return { name: argument.name(), required: argument.required, variadic: argument.variadic, choices: argument.argChoices ?? [] };
}

function optionOf({ short, long, flags, argChoices, description, defaultValue }: Option): OptionSpec {
  return {
    short: short ?? null,
    long: long ?? '',
    value: /<(.*)>$/.exec(flags)?.[1] ?? null,
    choices: argChoices ?? [],
    about: description,
    fallback: typeof defaultValue === 'string' ? defaultValue : null,
  };
}
