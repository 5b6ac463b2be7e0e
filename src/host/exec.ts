import { spawn } from 'node:child_process';

/** How a child process ended. */
export type Ended =
  | { readonly kind: 'exited'; readonly status: number; readonly stdout: string; readonly stderr: string }
  | { readonly kind: 'killed'; readonly signal: string; readonly stdout: string; readonly stderr: string }
  /** It did not finish in time and was killed. */
  | { readonly kind: 'timeout'; readonly ms: number }
  /** It could not be started; `why` is the system's error code. */
  | { readonly kind: 'missing'; readonly why: string };

export interface ExecOptions {
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Longest run in milliseconds. */
  readonly limit: number;
  readonly signal: AbortSignal;
  readonly cwd?: string;
}

/** Most output kept of one stream, in characters; HAProxy may repeat an ALERT for each of 100,000 servers. */
const kept = 1 << 20;

/** Runs a program without a shell and collects what it prints. It never throws; a child that overstays is killed. */
export function exec(file: string, args: readonly string[], { env, limit, signal, cwd }: ExecOptions): Promise<Ended> {
  return new Promise((resolve) => {
    const child = spawn(file, args, { env: { ...env }, stdio: ['ignore', 'pipe', 'pipe'], ...(cwd !== undefined && { cwd }) });
    const out = { stdout: '', stderr: '' };
    for (const name of ['stdout', 'stderr'] as const) {
      child[name].setEncoding('utf8').on('data', (text: string) => {
        if (out[name].length < kept) out[name] += text;
      });
    }
    let late = false;
    const kill = () => child.kill('SIGKILL');
    const timer = setTimeout(() => {
      late = true;
      kill();
    }, limit);
    signal.addEventListener('abort', kill, { once: true });
    const end = (ended: Ended) => {
      clearTimeout(timer);
      signal.removeEventListener('abort', kill);
      resolve(ended);
    };
    child.once('error', (error: NodeJS.ErrnoException) => end({ kind: 'missing', why: error.code ?? error.message }));
    child.once('close', (status, killedBy) => {
      if (late) end({ kind: 'timeout', ms: limit });
      else if (status === null) end({ kind: 'killed', signal: killedBy ?? 'unknown', ...out });
      else end({ kind: 'exited', status, ...out });
    });
    if (signal.aborted) kill();
  });
}
