import { readFileSync } from 'node:fs';
import { Command, CommanderError, InvalidArgumentError, Option } from 'commander';
import type { CheckNetworksOptions } from './commands/check-networks.ts';
import type { DoctorOptions } from './commands/doctor.ts';
import type { ImportOptions } from './commands/import.ts';
import type { InitOptions } from './commands/init.ts';
import type { RenderOptions } from './commands/render.ts';
import type { ResolveOptions } from './commands/resolve.ts';
import type { StatusOptions } from './commands/status.ts';
import type { WatchOptions } from './commands/watch.ts';
import { Problem, problem } from './core/problem.ts';
import type { Io } from './host/io.ts';
import { type Level, type Talk, talkTo } from './host/talk.ts';

/** What every command gets: the process, the voice, and the options that stand before the command's name. */
export interface Context {
  readonly io: Io;
  readonly talk: Talk;
  /** How `watch` shall log. */
  readonly logging: { readonly level: Level; readonly format: 'text' | 'json' };
  /** `--config`, undefined when it was not given. */
  readonly config: string | undefined;
  /** Whether stdout may be coloured. */
  readonly colour: boolean;
}

interface GlobalOptions {
  readonly config?: string;
  readonly logLevel: Level;
  readonly logFormat: 'text' | 'json';
  readonly color: boolean;
}

/** Runs podfront and returns its exit status; it never throws. */
export async function run(io: Io): Promise<number> {
  let status = 0;
  const program = new Command('podfront');
  const context = (): Context => contextOf(io, program.opts<GlobalOptions>());
  /** Wires a command to its file, which is loaded only when the command runs. */
  const act =
    <A extends unknown[]>(command: (context: Context, ...args: A) => Promise<number>) =>
    async (...args: A): Promise<void> => {
      status = await command(context(), ...args);
    };

  program
    .description('Keeps HAProxy on a Kubernetes frontend VM pointed at the right pods, from cluster DNS alone.')
    .version(versionOf(io.root), '-V, --version', 'print the version and exit')
    .option('--config <file>', 'configuration (default: $PODFRONT_CONFIG, ./podfront.yaml, /etc/podfront/podfront.yaml)')
    .addOption(new Option('--log-level <level>', 'how much to say on stderr').choices(['error', 'warn', 'info', 'debug']).default('info'))
    .addOption(new Option('--log-format <format>', 'how to say it').choices(['text', 'json']).default('text'))
    .option('--no-color', 'no colour, as with NO_COLOR set')
    .showSuggestionAfterError()
    .exitOverride()
    .configureOutput({ writeOut: io.stdout.write, writeErr: () => {}, getOutHelpWidth: () => io.stdout.columns });

  addCommands(program, act);

  try {
    await program.parseAsync([...io.argv], { from: 'user' });
    return status;
  } catch (error) {
    return fail(io, program, error);
  }
}

type Act = <A extends unknown[]>(command: (context: Context, ...args: A) => Promise<number>) => (...args: A) => Promise<void>;

function addCommands(program: Command, act: Act): void {
  program
    .command('render [output]')
    .summary("write HAProxy's file once")
    .description(
      "Asks cluster DNS, renders HAProxy's file, lets HAProxy check it and writes it in one step.\nWithout OUTPUT, or with -, the file goes to stdout.",
    )
    .option('--offline', 'ask no DNS: configured sizes, no seeded slots')
    .option('--check', 'write nothing; show the difference and exit 1 if OUTPUT would change')
    .option('--explain', 'say on stderr why each listen came out as it did')
    .option('--no-validate', 'do not let HAProxy check the file')
    .option('--templates <dir>', 'templates that replace the built-in ones of the same name')
    .option('--haproxy-version <version>', 'write for this version, such as 2.6, whichever is installed')
    .action(
      act(async (context, output: string | undefined, options: RenderOptions) => {
        const { render } = await import('./commands/render.ts');
        return render(context, output, options);
      }),
    );
  program
    .command('watch')
    .summary('keep HAProxy true until SIGTERM')
    .description(
      "The frontend VM's daemon: follows cluster DNS and its own configuration, keeps HAProxy's file current, reloads HAProxy where it must and\nsees it run the new file, or puts back what worked. SIGHUP reads the configuration again.",
    )
    .option('--once', 'one full turn, then exit')
    .option('--dry-run', 'decide and report, touch nothing')
    .action(
      act(async (context, options: WatchOptions) => {
        const { watch } = await import('./commands/watch.ts');
        return watch(context, options);
      }),
    );
  program
    .command('status')
    .summary('say what the running daemon knows')
    .description('Asks podfront watch over the status address of the configuration.')
    .option('--json', 'write JSON')
    .action(
      act(async (context, options: StatusOptions) => {
        const { status } = await import('./commands/status.ts');
        return status(context, options);
      }),
    );
  program
    .command('resolve [listen...]')
    .summary('say what cluster DNS knows')
    .description('Asks cluster DNS for each listen, or for those named, and says what it answered and what podfront makes of it.')
    .option('--json', 'write JSON')
    .action(
      act(async (context, listens: readonly string[], options: ResolveOptions) => {
        const { resolve } = await import('./commands/resolve.ts');
        return resolve(context, listens, options);
      }),
    );
  program
    .command('doctor')
    .summary('does this frontend VM work?')
    .description(
      'Checks what a frontend VM needs, one thing after the other, and says what to do where something is wrong. It changes nothing.',
    )
    .option('--json', 'write JSON')
    .action(
      act(async (context, options: DoctorOptions) => {
        const { doctor } = await import('./commands/doctor.ts');
        return doctor(context, options);
      }),
    );
  program
    .command('import <file>')
    .summary('turn a hand-written haproxy.cfg into podfront.yaml')
    .description(
      "Reads HAProxy's configuration and writes the podfront.yaml that stands for its listens, to stdout or to --output. Comments tell the\nfaults it found, stderr what it could not take over, and whether rendering the result means the same. With - it reads stdin.",
    )
    .option('--output <file>', 'write to this file, which must not exist')
    .option('--force', 'replace the file when it exists')
    .action(
      act(async (context, file: string, options: ImportOptions) => {
        const { importHaproxy } = await import('./commands/import.ts');
        return importHaproxy(context, file, options);
      }),
    );
  program
    .command('init [file]')
    .summary('write a commented starter podfront.yaml')
    .description('Writes a commented starter configuration to FILE (default: podfront.yaml), or with - to stdout.')
    .option('--force', 'replace the file when it exists')
    .action(
      act(async (context, file: string | undefined, options: InitOptions) => {
        const { init } = await import('./commands/init.ts');
        return init(context, file, options);
      }),
    );
  program
    .command('check-networks')
    .summary('are the networks of the cluster free?')
    .description(
      'Compares the service and pod networks with what this VM knows: its interfaces, routes and name servers, and the networks given here.\nMeant to run before the Kubernetes roles are activated: changing the networks later needs manual intervention.',
    )
    .option('--service-network <cidr...>', "service networks (default: the configuration's, else 10.0.0.0/24)")
    .option('--pod-network <cidr...>', "pod networks (default: the configuration's, else 10.1.0.0/16)")
    .option('--network <[name=]cidr...>', 'networks that exist already')
    .option('--networks-file <file>', 'a list of such networks, CIDR [name] a line, # comments; - for stdin', collect)
    .option('--host', 'compare with this machine (the default)')
    .option('--no-host', 'do not')
    .option('--addresses <file>', 'output of ip -j addr; with the next two it stands for this machine')
    .option('--routes <file>', 'output of ip -j route show table all')
    .option('--resolv-conf <file>', 'a resolv.conf')
    .option('--ignore <cidr|interface...>', 'known and accepted: listed, not counted')
    .option('--map <file.svg>', 'draw the address space')
    .option('--json', 'write JSON')
    .action(
      act(async (context, options: CheckNetworksOptions) => {
        const { checkNetworks } = await import('./commands/check-networks.ts');
        return checkNetworks(context, options);
      }),
    );
}

function contextOf(io: Io, options: GlobalOptions): Context {
  const colours = options.color && (io.env.NO_COLOR ?? '') === '';
  const talk = talkTo(io.stderr.write, { level: options.logLevel, format: options.logFormat, colour: colours && io.stderr.isTTY });
  const logging = { level: options.logLevel, format: options.logFormat };
  return { io, talk, logging, config: options.config, colour: colours && io.stdout.isTTY };
}

function versionOf(root: string): string {
  return (JSON.parse(readFileSync(`${root}package.json`, 'utf8')) as { version: string }).version;
}

/** Says what went wrong in podfront's voice and returns the exit status for it. */
function fail(io: Io, program: Command, error: unknown): number {
  // Whatever came undone because we were told to stop is no defect; 128 and the signal's number is what a shell expects.
  if (io.signal.aborted) return io.signal.reason === 'SIGINT' ? 130 : 143;
  if (error instanceof CommanderError && error.exitCode === 0) return 0;
  const { talk } = contextOf(io, program.opts<GlobalOptions>());
  const shown = asProblem(error, commandName(io.argv, program));
  talk.problem(shown);
  if (shown.code === 'defect' && error instanceof Error) talk.debug(error.stack ?? '');
  return shown.exit;
}

function asProblem(error: unknown, command: string): Problem {
  if (error instanceof Problem) return error;
  if (error instanceof CommanderError) return usageProblem(error, command);
  return problem('defect', { what: error instanceof Error ? error.message : String(error) });
}

/** commander's sentence in our voice: lower case, no full stop, its guess as the hint. */
function usageProblem({ code, message }: CommanderError, command: string): Problem {
  const [text = '', guess] = message.replace(/^error: /, '').split('\n');
  const nearest = /\(Did you mean (.*)\?\)/.exec(guess ?? '')?.[1];
  const clauses =
    code === 'commander.help'
      ? 'a command is missing'
      : text.replace(/\.$/, '').replace(/\. (\w)/g, (_, first: string) => `; ${first.toLowerCase()}`);
  const what = clauses.charAt(0).toLowerCase() + clauses.slice(1);
  return nearest === undefined ? problem('usage.arguments', { what, command }) : problem('usage.misspelled', { what, nearest, command });
}

/** The command the user meant, as it is typed. */
function commandName(argv: readonly string[], program: Command): string {
  const command = argv.find((word) => program.commands.some((one) => one.name() === word));
  return command === undefined ? 'podfront' : `podfront ${command}`;
}

/** Gathers an option that may be given several times, one value each. */
function collect(value: string, before: readonly string[] = []): readonly string[] {
  return [...before, value];
}

/** Option values that must be a whole number of at least `least`. */
export function wholeNumber(least: number): (text: string) => number {
  return (text) => {
    if (!/^\d{1,9}$/.test(text) || Number(text) < least) throw new InvalidArgumentError(`expected a whole number of at least ${least}.`);
    return Number(text);
  };
}
