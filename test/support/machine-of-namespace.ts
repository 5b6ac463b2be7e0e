import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, openSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { withoutHaproxyVariables } from '../../src/haproxy/process/environment.ts';
import { eventually } from './daemon-frontend.ts';

/** The outcome of a command: its exit status and its output. */
export interface Ended {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** A process that goes on. */
export interface Going {
  readonly said: () => string;
  /** Ends it by SIGTERM, as a service manager would, and resolves with its status. */
  readonly stop: () => Promise<number | null>;
}

/** Takes what undoes a step; it is undone last first. */
export type Undoing = (undo: () => void) => void;

/** A machine of a test: a network namespace with an /etc/haproxy, a /run and a working folder of its own. */
export interface Machine {
  /** The folder in which commands run. */
  readonly folder: string;
  /** Its /etc/haproxy, as it is called outside. */
  readonly etc: string;
  /** Runs a line of the shell, `podfront` being the built program; waits until it ends, not for what it leaves behind. */
  readonly run: (line: string) => Promise<Ended>;
  /** Starts a line of the shell that does not end by itself. */
  readonly start: (line: string) => Going;
  /** `ip`, one command a line. */
  readonly ip: (commands: string) => void;
  /** Ends every HAProxy of the machine. */
  readonly stopHaproxy: () => Promise<void>;
}

const root = fileURLToPath(new URL('../../', import.meta.url));

/** Makes the folders of a machine below `place`, for a network namespace that is there; `programs` are on its PATH, by name. */
export function machine(
  place: string,
  space: string,
  programs: Readonly<Record<string, string>> = {},
  variables: Readonly<Record<string, string>> = {},
): Machine {
  const [folder, etc, run, bin] = ['work', 'etc', 'run', 'bin'].map((part) => join(place, part)) as [string, string, string, string];
  for (const path of [folder, etc, run, bin]) mkdirSync(path, { recursive: true });
  for (const [name, path] of Object.entries({ node: process.execPath, ...programs })) symlinkSync(path, join(bin, name));
  writeFileSync(join(bin, 'podfront'), `#!/bin/sh\nexec "${process.execPath}" "${root}dist/main.js" "$@"\n`, { mode: 0o755 });

  let count = 0;
  /** `ip netns exec` makes a mount namespace, so what is mounted here is mounted nowhere else. */
  const inside = (line: string): { readonly child: ChildProcess; readonly files: readonly [string, string] } => {
    const files = [join(place, `${count}.out`), join(place, `${count++}.err`)] as const;
    const prepare = 'mount --bind "$1/run" /run && mount --bind "$1/etc" /etc/haproxy && cd "$1/work" && eval "exec $2"';
    const child = spawn('ip', ['netns', 'exec', space, 'sh', '-c', prepare, 'sh', place, line], {
      stdio: ['ignore', openSync(files[0], 'w'), openSync(files[1], 'w')],
      env: { ...withoutHaproxyVariables(process.env), PATH: `${bin}:${process.env.PATH}`, PODFRONT_CONFIG: '', ...variables },
    });
    return { child, files };
  };
  const complete = async (line: string): Promise<Ended> => {
    const { child, files } = inside(line);
    const [status] = (await once(child, 'exit')) as [number | null];
    const [stdout, stderr] = files.map((file) => readFileSync(file, 'utf8')) as [string, string];
    return { status, stdout, stderr };
  };

  return {
    folder,
    etc,
    run: complete,
    ip: (commands) => ipIn(space, commands),
    start: (line) => {
      const { child, files } = inside(line);
      const ended = once(child, 'exit') as Promise<[number | null]>;
      return {
        said: () => files.map((file) => readFileSync(file, 'utf8')).join(''),
        stop: async () => {
          child.kill('SIGTERM');
          return (await ended)[0];
        },
      };
    },
    stopHaproxy: async () => {
      const running = () => pidsIn(space).filter((pid) => nameOf(pid) === 'haproxy');
      for (const pid of running()) end(pid, 'SIGTERM');
      await eventually('HAProxy is gone', () => running().length === 0);
    },
  };
}

/** Removes what a test that was killed could not: its namespaces bear its pid. */
export function sweep(): void {
  const { stdout } = spawnSync('ip', ['netns', 'list'], { encoding: 'utf8' });
  for (const [name, pid] of stdout.matchAll(/^podfront-vm-(\d+)-\S+/gm)) if (!existsSync(`/proc/${pid}`)) remove(name);
}

function remove(name: string): void {
  for (const pid of pidsIn(name)) end(pid, 'SIGKILL');
  spawnSync('ip', ['netns', 'delete', name]);
  rmSync(join('/etc/netns', name), { recursive: true, force: true });
}

/** Makes a namespace that ends with the tests, and with it every process in it, those that went into the background too. */
export function namespace(undoing: Undoing, name: string): void {
  batch([], `netns add ${name}`);
  const etc = join('/etc/netns', name);
  undoing(() => remove(name));
  mkdirSync(etc, { recursive: true });
  writeFileSync(join(etc, 'resolv.conf'), 'nameserver 203.0.113.53\n');
  batch(['-netns', name], 'link set lo up');
}

/** Runs `ip` commands in a network namespace, one a line. Throws where one fails. */
export function ipIn(space: string, commands: string): void {
  batch(['-netns', space], commands);
}

function batch(options: readonly string[], commands: string): void {
  const input = `${commands
    .split('\n')
    .map((line) => line.trim())
    .join('\n')}\n`;
  const { status, stderr } = spawnSync('ip', [...options, '-batch', '-'], { input, encoding: 'utf8' });
  if (status !== 0) throw new Error(stderr);
}

function pidsIn(name: string): readonly number[] {
  const { stdout } = spawnSync('ip', ['netns', 'pids', name], { encoding: 'utf8' });
  return stdout
    .split('\n')
    .filter((line) => line !== '')
    .map(Number);
}

function nameOf(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/comm`, 'utf8').trim();
  } catch {
    return '';
  }
}

function end(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch {
    // It is gone already.
  }
}
