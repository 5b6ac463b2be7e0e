import { fileURLToPath } from 'node:url';
import { run } from '../../src/cli/run.ts';
import { defaultHaproxyTimeouts } from '../../src/haproxy/process/timeouts.ts';
import type { HaproxyTimeouts, Io } from '../../src/system/process.ts';

/** The outcome of a command: its exit status and its output. */
export interface Outcome {
  readonly status: number;
  readonly stdout: string;
  readonly stderr: string;
}

export interface Surroundings {
  readonly cwd: string;
  readonly env?: Readonly<Record<string, string | undefined>>;
  readonly stdin?: string;
  readonly signal?: AbortSignal;
  /** Sends signals; to nobody when not given. */
  readonly kill?: Io['kill'];
  /** The time limits for HAProxy that differ from the usual ones. */
  readonly limits?: Partial<HaproxyTimeouts>;
  /** Whether stderr is a terminal. */
  readonly terminal?: boolean;
}

/** Runs a command in this process, as main.ts would: with PATH, and nothing else of our environment. */
export async function podfront(
  args: readonly string[],
  { cwd, env = {}, stdin = '', signal, kill = () => {}, limits = {}, terminal = false }: Surroundings,
): Promise<Outcome> {
  const out = { stdout: '', stderr: '' };
  const sink = (name: 'stdout' | 'stderr') => {
    const write = (text: string) => {
      out[name] += text;
    };
    return { write, isTTY: terminal && name === 'stderr', columns: 80 };
  };
  const status = await run({
    argv: args,
    env: { PATH: process.env.PATH, ...env },
    cwd,
    root: fileURLToPath(new URL('../../', import.meta.url)),
    stdout: sink('stdout'),
    stderr: sink('stderr'),
    stdin: async () => stdin,
    pid: process.pid,
    onHangup: () => {},
    kill,
    timeouts: { ...defaultHaproxyTimeouts, ...limits },
    signal: signal ?? new AbortController().signal,
  });
  return { status, ...out };
}
