import { type ChildProcess, spawn } from 'node:child_process';
import { statSync } from 'node:fs';
import { kill } from 'node:process';
import type { Env } from './process.ts';
import { type Shortage, shortageOf } from './system-error.ts';
import { trace } from './trace.ts';

/** The number of characters of a command line in a trace. */
const maxTraced = 300;

/** The outcome of a child process. */
export type Ended =
  | { readonly kind: 'exited'; readonly status: number; readonly stdout: string; readonly stderr: string }
  | { readonly kind: 'killed'; readonly signal: string; readonly stdout: string; readonly stderr: string }
  /** It did not finish in time and was killed. */
  | { readonly kind: 'timeout'; readonly ms: number }
  /** It cannot be started, in most cases because it does not exist; `why` is the system's error code. */
  | { readonly kind: 'missing'; readonly why: string }
  /** It could not be started for lack of a resource. */
  | ({ readonly kind: 'shortage' } & Shortage);

/** The options of running a program. */
export interface ExecOptions {
  readonly env: Env;
  /** The longest run, in milliseconds. */
  readonly timeout: number;
  readonly signal: AbortSignal;
  readonly cwd?: string;
}

/** The most output kept of one stream, in characters; HAProxy may repeat an ALERT for each of 100,000 servers. */
const maxOutput = 1 << 20;

/** Milliseconds to wait for the end of the output after the program ended, which a process in the background may keep open forever. */
const closingTime = 1_000;

/**
 * Runs a program without a shell and collects its output. It never throws. A child that exceeds its time is killed together with
 * its process group; one that may not be killed (sudo) is no longer waited for.
 */
export function exec(file: string, args: readonly string[], { env, timeout, signal, cwd }: ExecOptions): Promise<Ended> {
  return new Promise((resolve) => {
    let child: ChildProcess;
    try {
      child = spawn(file, args, {
        env: { ...env },
        stdio: ['ignore', 'pipe', 'pipe'],
        // A session and a process group of its own (setsid(2)).
        detached: true,
        cwd: cwd ?? workingFolder(),
      });
    } catch (error) {
      resolve(notStarted(error as NodeJS.ErrnoException));
      return;
    }
    const out = { stdout: '', stderr: '' };
    for (const name of ['stdout', 'stderr'] as const) {
      // There are no streams where pipes could not be made (EMFILE).
      child[name]?.setEncoding('utf8').on('data', (text: string) => {
        if (out[name].length < maxOutput) out[name] += text;
      });
    }
    const began = performance.now();
    let late = false;
    let leaving: ReturnType<typeof setTimeout> | undefined;
    const leave = () => {
      leaving ??= setTimeout(finish, closingTime);
    };
    const end = (ended: Ended) => {
      clearTimeout(timer);
      clearTimeout(leaving);
      signal.removeEventListener('abort', stop);
      trace(() => `ran ${[file, ...args].join(' ').slice(0, maxTraced)}: ${outcomeOf(ended)}, ${Math.round(performance.now() - began)} ms`);
      resolve(ended);
    };
    function stop(): void {
      killGroup(child);
      leave();
    }
    function finish(): void {
      for (const stream of [child.stdout, child.stderr]) stream?.destroy();
      child.unref();
      if (late) end({ kind: 'timeout', ms: timeout });
      else if (child.exitCode !== null) end({ kind: 'exited', status: child.exitCode, ...out });
      else end({ kind: 'killed', signal: child.signalCode ?? 'SIGKILL', ...out });
    }
    const timer = setTimeout(() => {
      late = true;
      stop();
    }, timeout);
    signal.addEventListener('abort', stop, { once: true });
    child.once('error', (error: NodeJS.ErrnoException) => end(notStarted(error)));
    child.once('exit', leave);
    child.once('close', finish);
    if (signal.aborted) stop();
  });
}

function outcomeOf(ended: Ended): string {
  if (ended.kind === 'exited') return `exit status ${ended.status}`;
  return ended.kind === 'killed' ? `ended by ${ended.signal}` : ended.kind;
}

function notStarted(error: NodeJS.ErrnoException): Ended {
  const shortage = shortageOf(error);
  return shortage === null ? { kind: 'missing', why: error.code ?? error.message } : { kind: 'shortage', ...shortage };
}

/** The working directory of this process, or the root where that was deleted, because HAProxy could not start in it. */
function workingFolder(): string {
  return statSync('.').nlink === 0 ? '/' : '.';
}

function killGroup({ pid }: ChildProcess): void {
  if (pid === undefined) return;
  try {
    kill(-pid, 'SIGKILL');
  } catch {
    // It is gone already, or it is another user's.
  }
}
