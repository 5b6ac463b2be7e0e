import { Argument, Command, Option, type OutputConfiguration } from 'commander';
import type { CheckNetworksOptions } from '../commands/check-networks.ts';
import type { Shell } from '../commands/completion/script.ts';
import type { CompletionOptions } from '../commands/completion.ts';
import type { DoctorOptions } from '../commands/doctor.ts';
import type { ImportOptions } from '../commands/import.ts';
import type { InitOptions } from '../commands/init.ts';
import type { RenderOptions } from '../commands/render.ts';
import type { ResolveOptions } from '../commands/resolve.ts';
import type { StatusOptions } from '../commands/status.ts';
import type { WatchOptions } from '../commands/watch.ts';
import type { Context } from '../context.ts';
import { describeProgram } from './describe.ts';

/** Makes a command's action of its function. */
export type MakeAction = <A extends unknown[]>(command: (context: Context, ...args: A) => Promise<number>) => (...args: A) => Promise<void>;

/** podfront's command line: its options, its commands and what they say of themselves. Each command's file is loaded when it runs. */
export function buildProgram(act: MakeAction, version: string, output: OutputConfiguration = {}): Command {
  const program = new Command('podfront')
    .description('Keeps HAProxy on a Kubernetes frontend VM pointed at the right pods, from cluster DNS alone.')
    .version(version, '-V, --version', 'print the version and exit')
    .option('--config <file>', 'configuration (default: $PODFRONT_CONFIG, ./podfront.yaml, /etc/podfront/podfront.yaml)')
    .addOption(new Option('--log-level <level>', 'how much to say on stderr').choices(['error', 'warn', 'info', 'debug']).default('info'))
    .addOption(new Option('--log-format <format>', 'how to say it').choices(['text', 'json']).default('text'))
    .option('--no-color', 'no colour, as with NO_COLOR set')
    .showSuggestionAfterError()
    // Commands inherit what stands here when they are made.
    .exitOverride()
    .configureOutput(output);
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
        const { render } = await import('../commands/render.ts');
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
        const { watch } = await import('../commands/watch.ts');
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
        const { status } = await import('../commands/status.ts');
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
        const { resolve } = await import('../commands/resolve.ts');
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
        const { doctor } = await import('../commands/doctor.ts');
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
    .option('--users <folder>', 'write the users of userlist sections to files in this folder, which only you can read')
    .option('--force', 'replace files that exist')
    .action(
      act(async (context, file: string, options: ImportOptions) => {
        const { importHaproxy } = await import('../commands/import.ts');
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
        const { init } = await import('../commands/init.ts');
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
        const { checkNetworks } = await import('../commands/check-networks.ts');
        return checkNetworks(context, options);
      }),
    );
  program
    .command('completion')
    .summary('write what a shell completes podfront with')
    .description('Writes the script to stdout. For bash: source <(podfront completion bash). The pages of the shells say where to keep it.')
    .addArgument(new Argument('<shell>', 'the shell').choices(['bash', 'zsh', 'fish']))
    .option('--listens', 'write the names of the listens instead, which the script asks for')
    .action(
      act(async (context, shell: Shell, options: CompletionOptions) => {
        const { completion } = await import('../commands/completion.ts');
        return completion(context, shell, options, describeProgram(program));
      }),
    );
  return program;
}

/** Gathers an option that may be given several times, one value each. */
function collect(value: string, before: readonly string[] = []): readonly string[] {
  return [...before, value];
}
