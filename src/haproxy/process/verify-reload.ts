import type { HaproxyConfig } from '../../config/config.ts';
import type { Clock } from '../../system/clock.ts';
import type { Env } from '../../system/process.ts';
import { type HaproxyState, inspect, sameWorker } from './inspect.ts';
import type { Process } from './proc.ts';
import { queryServerCount, queryWorkerPid } from './stats-socket.ts';

/** The result of a reload. */
export type ReloadResult =
  | { readonly kind: 'running'; readonly worker: Process }
  | { readonly kind: 'failed'; readonly why: string }
  /** The result cannot be seen. */
  | { readonly kind: 'unverified' };

/** A listen that the new file changes, and the number of servers that a worker with that file has in it. */
export interface ExpectedServers {
  readonly listen: string;
  readonly servers: number;
}

/** The HAProxy whose reload is verified. */
export interface ReloadVerification {
  readonly haproxy: Pick<HaproxyConfig, 'reload' | 'socket' | 'binary'>;
  readonly env: Env;
  readonly clock: Clock;
  /** Milliseconds that `haproxy -c` took to read the file. */
  readonly readingTime: number;
  /** Milliseconds to wait beyond four times that. */
  readonly timeout: number;
}

/** Milliseconds between two inspections. A master socket is asked sooner: an answer takes less than a millisecond, and costs no process. */
const interval = { master: 10, other: 50 };
/** Milliseconds within which a worker that cannot use the file ends. */
const leastAlive = 300;

/**
 * Waits until a new worker runs the new file. An exit status proves nothing; a new worker does: the master forks it after it
 * has read its files (from 3.1 on the worker reads them, so it must also live longer than reading takes), and where a socket
 * can be asked, it has the servers of the new file.
 *
 * @param before the HAProxy that ran when the reload was requested
 */
export async function verifyReload(
  verification: ReloadVerification,
  before: HaproxyState,
  expected: readonly ExpectedServers[],
  signal: AbortSignal,
): Promise<ReloadResult> {
  if (before.kind !== 'running') return { kind: 'unverified' };
  const { haproxy, env, clock, readingTime, timeout } = verification;
  const deadline = clock.now() + timeout + 4 * readingTime;
  let found: { readonly worker: Process; readonly since: number } | null = null;
  let why = 'it has the same worker as before';
  while (clock.now() < deadline) {
    const state = await inspect(haproxy, env, signal);
    if (state.kind === 'running' && !sameWorker(state.worker, before.worker)) {
      if (found === null || !sameWorker(found.worker, state.worker)) found = { worker: state.worker, since: clock.now() };
      if (await isReady(verification, state.worker, clock.now() - found.since, signal))
        return compareServers(haproxy, state.worker, expected, signal);
      why = 'its new worker does not answer';
    } else if (state.kind === 'running' && failedSince(before, state)) {
      return { kind: 'failed', why: 'its master kept the old worker' };
    } else if (state.kind === 'absent') why = state.problem.message;
    await clock.sleep(haproxy.reload.kind === 'master' ? interval.master : interval.other, signal);
  }
  return { kind: 'failed', why: `${why} after ${Math.round((timeout + 4 * readingTime) / 1000)} s` };
}

function failedSince(before: HaproxyState & { kind: 'running' }, now: HaproxyState & { kind: 'running' }): boolean {
  if (now.counts === null) return false;
  return now.counts.reloads > (before.counts?.reloads ?? 0) && now.counts.failed > 0;
}

/** Whether a worker is ready: the master's socket lists it, it answers on the stats socket, or else it has lived long enough. */
async function isReady(
  { haproxy, readingTime }: ReloadVerification,
  worker: Process,
  alive: number,
  signal: AbortSignal,
): Promise<boolean> {
  if (haproxy.reload.kind === 'master') return true;
  if (haproxy.socket !== null) {
    const reply = await queryWorkerPid(haproxy.socket, signal);
    if ('pid' in reply) return reply.pid === worker.pid;
  }
  return alive >= Math.max(leastAlive, 2 * readingTime);
}

async function compareServers(
  { reload, socket: stats }: ReloadVerification['haproxy'],
  worker: Process,
  expected: readonly ExpectedServers[],
  signal: AbortSignal,
): Promise<ReloadResult> {
  const [socket, prefix] = reload.kind === 'master' ? [reload.socket, `@!${worker.pid} `] : [stats, ''];
  if (socket !== null) {
    for (const { listen, servers } of expected) {
      const found = await queryServerCount(socket, prefix, listen, signal);
      if (found === 0) return { kind: 'failed', why: `its new worker has no listen ${listen}; is our file among those it loads?` };
      if (found !== null && found !== servers)
        return { kind: 'failed', why: `its new worker has ${found} servers in listen ${listen} instead of ${servers}` };
    }
  }
  return { kind: 'running', worker };
}
