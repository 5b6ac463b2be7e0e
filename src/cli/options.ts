import { Argument, Command, Option, type OutputConfiguration } from 'commander';
import type { CheckNetworksOptions } from '../commands/check-networks.ts';
import type { Shell } from '../commands/completion/script.ts';
import type { CompletionOptions } from '../commands/completion.ts';
import type { DoctorOptions } from '../commands/doctor.ts';
import type { ImportOptions } from '../commands/import.ts';
import type { InitOptions } from '../commands/init.ts';
import type { KubeconfigOptions } from '../commands/kubeconfig.ts';
import type { RenderOptions } from '../commands/render.ts';
import type { ResolveOptions } from '../commands/resolve.ts';
import type { StatusOptions } from '../commands/status.ts';
import type { ValidateOptions } from '../commands/validate.ts';
import type { WatchOptions } from '../commands/watch.ts';
import type { Context } from '../context.ts';
import { describeProgram } from './describe.ts';
import { examplesOf } from './examples.ts';

/** Makes the action of a command from its function. */
export type MakeAction = <A extends unknown[]>(command: (context: Context, ...args: A) => Promise<number>) => (...args: A) => Promise<void>;

/** The command line of podfront: options, commands and their help. The file of a command is loaded when it runs. */
export function buildProgram(act: MakeAction, version: string, output: OutputConfiguration = {}): Command {
  const program = new Command('podfront')
    .description('Keeps HAProxy on a Kubernetes frontend VM pointed at the right pods, from cluster DNS or the Kubernetes API.')
    .version(version, '-V, --version', 'print the version and exit; with --json as JSON, with the version of Node')
    .option('--config <file>', 'configuration file, - for stdin (default: $PODFRONT_CONFIG, ./podfront.yaml, /etc/podfront/podfront.yaml)')
    .addOption(
      new Option('--log-level <level>', 'least severe messages to show on stderr')
        .choices(['error', 'warn', 'info', 'debug'])
        .default('info'),
    )
    .addOption(new Option('--log-format <format>', 'format of the messages').choices(['text', 'json']).default('text'))
    .option('--no-color', 'do not use colour, as with NO_COLOR set')
    .showSuggestionAfterError()
    // Commands inherit these settings when they are created.
    .exitOverride()
    .configureOutput(output);
  program
    .command('render [output]')
    .summary("render HAProxy's file once")
    .description(
      "Asks cluster DNS, renders HAProxy's file, has HAProxy check it and writes it atomically.\nWithout OUTPUT, or with -, the file goes to stdout.",
    )
    .option('--offline', 'do not ask cluster DNS: configured sizes, no known pods')
    .option('--check', 'write nothing; if OUTPUT would change, show the difference and exit 1')
    .option('--explain', 'explain on stderr how each listen was resolved and sized')
    .option('--no-validate', 'do not have HAProxy check the file')
    .option('--templates <dir>', 'folder of templates that replace built-in ones of the same name')
    .option('--haproxy-version <version>', 'HAProxy version to write for, such as 2.6 (default: the installed one)')
    .action(
      act(async (context, output: string | undefined, options: RenderOptions) => {
        const { render } = await import('../commands/render.ts');
        return render(context, output, options);
      }),
    );
  program
    .command('watch')
    .summary('keep HAProxy up to date until SIGTERM')
    .description(
      "The daemon of the frontend VM: watches cluster DNS and its configuration, keeps HAProxy's file up to date, reloads HAProxy when\nneeded, verifies that HAProxy runs the new file, and restores the last good file otherwise. SIGHUP makes it read the configuration again.",
    )
    .option('--once', 'reconcile once, then exit')
    .option('--dry-run', 'decide and report, but change nothing')
    .action(
      act(async (context, options: WatchOptions) => {
        const { watch } = await import('../commands/watch.ts');
        return watch(context, options);
      }),
    );
  program
    .command('status')
    .summary('show the status of the running daemon')
    .description(
      'Asks podfront watch over the status address in the configuration. Exits 1 when something is wrong, 5 when no daemon answers.',
    )
    .option('--address <address>', 'status address to ask, instead of that of the configuration')
    .option('--watch', 'refresh every two seconds until interrupted')
    .option('--json', 'write JSON')
    .action(
      act(async (context, options: StatusOptions) => {
        const { status } = await import('../commands/status.ts');
        return status(context, options);
      }),
    );
  program
    .command('resolve [listen...]')
    .summary('show what cluster DNS answers for each listen')
    .description('Asks cluster DNS for each listen, or for those named, and shows the questions, the answers and the resulting servers.')
    .option('--json', 'write JSON')
    .action(
      act(async (context, listens: readonly string[], options: ResolveOptions) => {
        const { resolve } = await import('../commands/resolve.ts');
        return resolve(context, listens, options);
      }),
    );
  program
    .command('doctor')
    .summary('check whether this frontend VM works')
    .description('Checks everything that a frontend VM needs and gives a remedy for each failure. It changes nothing.')
    .option('--json', 'write JSON')
    .action(
      act(async (context, options: DoctorOptions) => {
        const { doctor } = await import('../commands/doctor.ts');
        return doctor(context, options);
      }),
    );
  program
    .command('validate')
    .summary('check podfront.yaml and the files it names')
    .description('Checks the configuration and the files that it names. It asks neither cluster DNS nor HAProxy, and writes nothing.')
    .option('--json', 'write JSON')
    .action(
      act(async (context, options: ValidateOptions) => {
        const { validate } = await import('../commands/validate.ts');
        return validate(context, options);
      }),
    );
  program
    .command('import <file>')
    .summary('turn a hand-written haproxy.cfg into podfront.yaml')
    .description(
      "Reads HAProxy's configuration and writes a podfront.yaml with its listens, to stdout or to --output. Comments name the faults it\nfound; stderr lists what could not be imported, and whether rendering the result is equivalent. FILE - is stdin.",
    )
    .option('--output <file>', 'file to write; it must not exist')
    .option('--users <folder>', 'folder for the users of userlist sections, in files that only you can read')
    .option('--force', 'replace existing files')
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
    .option('--force', 'replace an existing file')
    .action(
      act(async (context, file: string | undefined, options: InitOptions) => {
        const { init } = await import('../commands/init.ts');
        return init(context, file, options);
      }),
    );
  program
    .command('kubeconfig')
    .summary('make credentials in the cluster and print a kubeconfig')
    .description(
      "Makes podfront's own account in the cluster, with the least rights that the configuration needs, and prints a kubeconfig for it.\nWith --user, makes a user with a client certificate, a token and a ClusterRole instead.",
    )
    .option('--admin-kubeconfig <file>', 'kubeconfig of an administrator (default: $KUBECONFIG, ~/.kube/config)')
    .option('--server <url>', 'URL of the API server to write, instead of that of the administrator')
    .option('--user <name>', "make this user's kubeconfig, instead of podfront's own")
    .option('--role <clusterrole>', 'ClusterRole that the user gets, such as view or cluster-admin')
    .option('--days <n>', 'days until the credentials end', '365')
    .option('-o, --output <file>', 'file to write, of mode 0600; one of podfront is replaced')
    .action(
      act(async (context, options: KubeconfigOptions) => {
        const { kubeconfig } = await import('../commands/kubeconfig.ts');
        return kubeconfig(context, options);
      }),
    );
  program
    .command('manifest')
    .summary('print the Kubernetes objects that the configuration needs')
    .description('Prints the ServiceAccount, roles and bindings that the configuration needs, for: podfront manifest | kubectl apply -f -')
    .action(
      act(async (context) => {
        const { manifest } = await import('../commands/manifest.ts');
        return manifest(context);
      }),
    );
  program
    .command('check-networks')
    .summary('check that the networks of the cluster are free')
    .description(
      'Compares the service and pod networks with the interfaces, routes and name servers of this VM, and with the networks given here.\nRun it before you activate the Kubernetes roles: changing the networks later needs manual intervention.',
    )
    .option('--service-network <cidr...>', "service networks (default: the configuration's, else 10.0.0.0/24)")
    .option('--pod-network <cidr...>', "pod networks (default: the configuration's, else 10.1.0.0/16)")
    .option('--network <[name=]cidr...>', 'existing networks')
    .option('--networks-file <file>', 'file of existing networks, one CIDR [name] per line, # comments; - is stdin', collect)
    .option('--host', 'compare with this machine (default)')
    .option('--no-host', 'do not compare with this machine')
    .option('--addresses <file>', 'output of ip -j addr, instead of asking this machine')
    .option('--routes <file>', 'output of ip -j route show table all, instead of asking this machine')
    .option('--resolv-conf <file>', 'a resolv.conf, instead of the one of this machine')
    .option('--ignore <cidr|interface...>', 'accept overlaps with these: they are listed, not counted')
    .addOption(
      new Option('--for <installer>', 'name the options of this installer (default: that of the host, else nixos)').choices([
        'nixos',
        'kubeadm',
        'k3s',
      ]),
    )
    .option('--map <file.svg>', 'draw a map of the address space')
    .option('--json', 'write JSON')
    .action(
      act(async (context, options: CheckNetworksOptions) => {
        const { checkNetworks } = await import('../commands/check-networks.ts');
        return checkNetworks(context, options);
      }),
    );
  program
    .command('completion')
    .summary('print a completion script for a shell')
    .description(
      'Prints the script to stdout. For bash: source <(podfront completion bash). The manuals of the shells say where to install it.',
    )
    .addArgument(new Argument('<shell>', 'the shell').choices(['bash', 'zsh', 'fish']))
    .option('--listens', 'print the names of the listens instead; the script uses this')
    .action(
      act(async (context, shell: Shell, options: CompletionOptions) => {
        const { completion } = await import('../commands/completion.ts');
        return completion(context, shell, options, describeProgram(program));
      }),
    );
  for (const command of program.commands) command.addHelpText('after', examplesOf(command.name()));
  program.addHelpText('after', examplesOf('podfront'));
  return program;
}

/** Collects the values of an option that may be given several times. */
function collect(value: string, before: readonly string[] = []): readonly string[] {
  return [...before, value];
}
