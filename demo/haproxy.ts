import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { withoutHaproxyVariables } from '../src/haproxy/process/environment.ts';
import type { Env } from '../src/system/process.ts';

export interface HaproxyOptions {
  /** The folder of the sockets and the pid file; short, because a socket's path has at most 107 bytes. */
  readonly folder: string;
  /** Configuration files in the order HAProxy loads them; a stats socket is added in a file of its own. */
  readonly files: readonly string[];
  /** Its environment, from which HAPROXY_* is left out: what another HAProxy left there would change how this one starts. */
  readonly env: Env;
  readonly binary?: string;
  /** Further arguments. */
  readonly args?: readonly string[];
}

/** A HAProxy in master-worker mode, as a service unit would run it. */
export interface Haproxy {
  /** Of the master; it stays the same over reloads. */
  readonly pid: number;
  readonly pidFile: string;
  /** The master's socket (`-S`). */
  readonly master: string;
  /** The worker's stats socket, level admin. */
  readonly stats: string;
  /** Sends SIGUSR2 and waits until the new worker runs: true; or until the master gave up and went on with the old one: false. */
  readonly reload: () => Promise<boolean>;
  /** Sends one command to the worker and returns its reply. */
  readonly tell: (command: string) => Promise<string>;
  readonly processes: () => Promise<Processes>;
  readonly servers: () => Promise<readonly ServerState[]>;
  /** All it has said on stdout and stderr so far. */
  readonly said: () => string;
  /** Resolves when the master has ended. */
  readonly ended: Promise<void>;
  /** Stops it at once, its workers too, and waits for that. */
  readonly stop: () => Promise<void>;
}

/** `show proc` of the master. */
export interface Processes {
  readonly reloads: number;
  /** Reloads in a row that failed. */
  readonly failed: number;
  /** Pids of the workers that take traffic; those that only finish what they began are not among them. */
  readonly workers: readonly number[];
}

/** A line of `show servers state` (management guide 9.3). */
export interface ServerState {
  readonly backend: string;
  readonly name: string;
  /** null while it has none. */
  readonly address: string | null;
  readonly port: number;
  /** It takes traffic: running, and in no kind of maintenance. Bit 0x40 of the admin state only tells that a name came from SRV. */
  readonly up: boolean;
}

const setpriv = '/usr/bin/setpriv';

/** Starts HAProxy and waits until its worker answers, all binds open. Rejects with what it said when it ends instead. */
export async function startHaproxy({ folder, files, env, binary = 'haproxy', args = [] }: HaproxyOptions): Promise<Haproxy> {
  const [master, stats, pidFile] = [join(folder, 'master.sock'), join(folder, 'stats.sock'), join(folder, 'haproxy.pid')];
  const extra = join(folder, 'stats.cfg');
  await writeFile(extra, `global\n    stats socket ${stats} mode 600 level admin\n`);
  const loaded = [...files, extra].flatMap((file) => ['-f', file]);
  // It ends with this process, even when that is killed (prctl(2), PR_SET_PDEATHSIG, which the master's own exec keeps).
  const [program, ...before] = existsSync(setpriv) ? [setpriv, '--pdeathsig', 'TERM', binary] : [binary];
  const child = spawn(program ?? binary, [...before, '-W', ...loaded, '-S', `${master},mode,600`, '-p', pidFile, ...args], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: withoutHaproxyVariables(env),
  });
  let text = '';
  for (const stream of [child.stdout, child.stderr]) stream.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
  await once(child, 'spawn');
  const ended = new Promise<void>((done) => child.once('close', () => done()));
  const running = () => child.exitCode === null && child.signalCode === null;

  // The master does not listen while it executes itself, which it does at the start and at each reload.
  const processes = () => eventually(async () => readProcesses(await say(master, 'show proc')), running);
  const pid = child.pid ?? 0;
  const haproxy: Haproxy = {
    pid,
    pidFile,
    master,
    stats,
    reload: async () => {
      const before = await processes();
      child.kill('SIGUSR2');
      const after = await eventually(async () => {
        const now = await processes();
        if (now.reloads === before.reloads) return null;
        if (now.failed > 0) return now;
        // From 3.1 on, the new worker is listed before it has read its files.
        const answering = Number(/^Pid: (\d+)$/m.exec(await say(stats, 'show info'))?.[1]);
        return now.workers.includes(answering) && !before.workers.includes(answering) ? now : null;
      }, running);
      return after.failed === 0;
    },
    tell: (command) => say(stats, command),
    processes,
    servers: async () => readServers(await say(stats, 'show servers state')),
    said: () => text,
    ended,
    stop: () => stop(child, ended),
  };
  try {
    await eventually(async () => ((await haproxy.tell('show info')).startsWith('Name:') ? true : null), running);
    await processes();
    return haproxy;
  } catch (error) {
    await haproxy.stop();
    throw new Error(`HAProxy did not start:\n${text}`, { cause: error });
  }
}

/** Sends one command to a unix socket of HAProxy and reads the reply to its end. */
export async function say(path: string, command: string): Promise<string> {
  const socket = connect(path);
  // The master keeps the session until its end is seen.
  socket.setEncoding('utf8').end(`${command}\n`);
  let reply = '';
  for await (const chunk of socket) reply += String(chunk);
  return reply;
}

/** Asks again until there is an answer; throws when `going` no longer holds, or after half a minute. A refused connection is no answer. */
async function eventually<T>(ask: () => Promise<T | null>, going: () => boolean): Promise<T> {
  let last: unknown;
  for (const until = Date.now() + 30_000; going() && Date.now() < until; await sleep(10)) {
    try {
      const answer = await ask();
      if (answer !== null) return answer;
    } catch (error) {
      last = error;
    }
  }
  throw new Error(going() ? 'HAProxy gave no answer in 30 s' : 'HAProxy has ended', { cause: last });
}

async function stop(child: ChildProcess, ended: Promise<void>): Promise<void> {
  child.kill('SIGTERM');
  // Its workers end with it: they notice that the master is gone.
  const late = setTimeout(() => child.kill('SIGKILL'), 5000);
  await ended;
  clearTimeout(late);
}

function readProcesses(shown: string): Processes | null {
  const [, reloads, failed] = /^\d+ +master +(?:0 +(?=\d))?(\d+)(?: \[failed: (\d+)\])?/m.exec(shown) ?? [];
  const [current = '', old = ''] = shown.split(/^# old workers/m);
  // Before 2.5 and from 3.1 on, the worker that goes on after a failed reload is listed with the old ones.
  const workers = (text: string) => [...text.matchAll(/^(\d+) +worker/gm)].map(([, pid]) => Number(pid));
  const pids = failed === '0' || workers(current).length > 0 ? workers(current) : workers(old).slice(0, 1);
  return reloads === undefined || pids.length === 0 ? null : { reloads: Number(reloads), failed: Number(failed ?? 0), workers: pids };
}

function readServers(shown: string): readonly ServerState[] {
  const lines = shown.split('\n').filter((line) => /^\d+ \S/.test(line));
  return lines.map((line) => {
    const fields = line.split(' ');
    const field = (i: number) => fields[i] ?? '';
    const address = field(4) === '-' || field(4) === '0.0.0.0' ? null : field(4);
    return {
      backend: field(1),
      name: field(3),
      address,
      port: Number(field(18)),
      up: field(5) === '2' && (Number(field(6)) & ~0x40) === 0,
    };
  });
}
