import { readFileSync } from 'node:fs';
import { type Command, CommanderError } from 'commander';
import type { Context } from '../context.ts';
import { Problem, problem } from '../problem/problem.ts';
import { writeResult } from '../system/output.ts';
import type { Io } from '../system/process.ts';
import { shortageOf } from '../system/system-error.ts';
import { openMessages } from '../terminal/messages.ts';
import type { Level } from '../terminal/record.ts';
import { buildProgram } from './options.ts';

interface GlobalOptions {
  readonly config?: string;
  readonly logLevel: Level;
  readonly logFormat: 'text' | 'json';
  readonly color: boolean;
}

/** Runs podfront and returns its exit status; it never throws. */
export async function run(io: Io): Promise<number> {
  let status = 0;
  const context = (): Context => contextOf(io, program.opts<GlobalOptions>());
  /** Makes a commander action of a command, whose file is loaded only when it runs. */
  const act =
    <A extends unknown[]>(command: (context: Context, ...args: A) => Promise<number>) =>
    async (...args: A): Promise<void> => {
      status = await command(context(), ...args);
    };

  const program = buildProgram(act, versionOf(io), {
    writeOut: (text) => writeResult(io.stdout, text),
    writeErr: () => {},
    getOutHelpWidth: () => io.stdout.columns,
  });

  try {
    await program.parseAsync([...io.argv], { from: 'user' });
    return status;
  } catch (error) {
    return reportError(io, program, error);
  }
}

function contextOf(io: Io, options: GlobalOptions): Context {
  const colours = options.color && (io.env.NO_COLOR ?? '') === '';
  const messages = openMessages(io.stderr.write, {
    level: options.logLevel,
    format: options.logFormat,
    colour: colours && io.stderr.isTTY,
  });
  const logging = { level: options.logLevel, format: options.logFormat };
  return { io, messages, logging, config: options.config, colour: colours && io.stdout.isTTY };
}

/** The answer to `--version`, as JSON where `--json` is given too. */
function versionOf({ root, argv }: Io): string {
  const { version } = JSON.parse(readFileSync(`${root}package.json`, 'utf8')) as { version: string };
  if (!argv.includes('--json')) return version;
  const { versions, platform, arch } = process;
  return JSON.stringify({ version, node: versions.node, platform, arch });
}

/** Reports the error and returns its exit status. */
function reportError(io: Io, program: Command, error: unknown): number {
  // After a signal any failure is expected; shells use 128 plus the number of the signal.
  if (io.signal.aborted) return io.signal.reason === 'SIGINT' ? 130 : 143;
  if (error instanceof CommanderError && error.exitCode === 0) return 0;
  const { messages } = contextOf(io, program.opts<GlobalOptions>());
  const reported = asProblem(error, commandName(io.argv, program));
  messages.problem(reported);
  if (reported.code === 'defect' && error instanceof Error) messages.debug(error.stack ?? '');
  return reported.exit;
}

function asProblem(error: unknown, command: string): Problem {
  if (error instanceof Problem) return error;
  if (error instanceof CommanderError) return usageProblem(error, command);
  const shortage = shortageOf(error);
  if (shortage !== null) return problem('system.shortage', { ...shortage });
  return problem('defect', { what: error instanceof Error ? error.message : String(error) });
}

/** The names that other programs give to some of podfront's options and commands. */
const otherNames: Readonly<Record<string, string>> = {
  version: '--version',
  check: 'validate',
  lint: 'validate',
  start: 'watch',
  run: 'watch',
};

/** commander's error in podfront's form: lower case, no full stop, its suggestion as the hint. */
function usageProblem({ code, message }: CommanderError, command: string): Problem {
  const [text = '', suggestion] = message.replace(/^error: /, '').split('\n');
  const unknown = code === 'commander.unknownCommand' ? (/'(.*)'/.exec(text)?.[1] ?? '') : '';
  const nearest = otherNames[unknown] ?? /\(Did you mean (.*)\?\)/.exec(suggestion ?? '')?.[1];
  const clauses =
    code === 'commander.help'
      ? 'a command is missing'
      : text.replace(/\.$/, '').replace(/\. (\w)/g, (_, first: string) => `; ${first.toLowerCase()}`);
  const what = clauses.charAt(0).toLowerCase() + clauses.slice(1);
  return nearest === undefined ? problem('usage.arguments', { what, command }) : problem('usage.misspelled', { what, nearest, command });
}

/** The command as the user typed it. */
function commandName(argv: readonly string[], program: Command): string {
  const command = argv.find((word) => program.commands.some((one) => one.name() === word));
  return command === undefined ? 'podfront' : `podfront ${command}`;
}
