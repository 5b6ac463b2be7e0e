import type { HaproxyConfig } from '../../config/config.ts';
import type { Clock } from '../../system/clock.ts';
import { type Env, type HaproxyState, inspect, sameWorker } from './inspect.ts';
import type { Process } from './proc.ts';
import { queryServerCount, queryWorkerPid } from './stats-socket.ts';

/** What was seen after a reload was asked for. */
export type ReloadResult =
  | { readonly kind: 'running'; readonly worker: Process }
  | { readonly kind: 'failed'; readonly why: string }
  /** There is no way to see it. */
  | { readonly kind: 'unseen' };

/** A listen that the new file changed, and how many servers a worker that read that file has in it. */
export interface ExpectedServers {
  readonly listen: string;
  readonly servers: number;
}

export interface WorkerSighting {
  readonly haproxy: Pick<HaproxyConfig, 'reload' | 'socket'>;
  readonly env: Env;
  readonly clock: Clock;
  /** Milliseconds that HAProxy was seen to need for reading the file (`haproxy -c`). */
  readonly reading: number;
  /** Milliseconds to wait beyond four times that. */
  readonly patience: number;
}

const every = 50;
/** A worker that could not take the file over is gone by then. */
const leastAlive = 300;

/**
 * Watches until a new worker runs the new file. An exit status is no proof; a new worker is: the master forks it after
 * reading its files anew (from 3.1 on the worker reads them itself, so it must also live longer than reading takes), and it
 * has to answer with the servers of the new file where a socket can be asked.
 *
 * @param before what was seen before the reload was asked for
 */
export async function verifyReload(
  sight: WorkerSighting,
  before: HaproxyState,
  expected: readonly ExpectedServers[],
  signal: AbortSignal,
): Promise<ReloadResult> {
  if (before.kind !== 'running') return { kind: 'unseen' };
  const { haproxy, env, clock, reading, patience } = sight;
  const deadline = clock.now() + patience + 4 * reading;
  let since: { readonly worker: Process; readonly at: number } | null = null;
  let last = 'it has the same worker as before';
  while (clock.now() < deadline) {
    const seen = await inspect(haproxy, env, signal);
    if (seen.kind === 'running' && !sameWorker(seen.worker, before.worker)) {
      if (since === null || !sameWorker(since.worker, seen.worker)) since = { worker: seen.worker, at: clock.now() };
      if (await isReady(sight, seen.worker, clock.now() - since.at, signal)) return answers(sight, seen.worker, expected, signal);
      last = 'its new worker does not answer';
    } else if (seen.kind === 'running' && failedSince(before, seen)) {
      return { kind: 'failed', why: 'its master kept the old worker' };
    } else if (seen.kind === 'absent') last = seen.problem.message;
    await clock.sleep(every, signal);
  }
  return { kind: 'failed', why: `${last} after ${Math.round((patience + 4 * reading) / 1000)} s` };
}

function failedSince(before: HaproxyState & { kind: 'running' }, now: HaproxyState & { kind: 'running' }): boolean {
  if (now.counts === null) return false;
  return now.counts.reloads > (before.counts?.reloads ?? 0) && now.counts.failed > 0;
}

/** The master's socket lists workers that are ready; a stats socket is answered by one; else it has to have lived long enough. */
async function isReady({ haproxy, reading }: WorkerSighting, worker: Process, alive: number, signal: AbortSignal): Promise<boolean> {
  if (haproxy.reload.kind === 'master') return true;
  if (haproxy.socket !== null) {
    const told = await queryWorkerPid(haproxy.socket, signal);
    if ('pid' in told) return told.pid === worker.pid;
  }
  return alive >= Math.max(leastAlive, 2 * reading);
}

async function answers(
  { haproxy }: WorkerSighting,
  worker: Process,
  expected: readonly ExpectedServers[],
  signal: AbortSignal,
): Promise<ReloadResult> {
  const [socket, prefix] = haproxy.reload.kind === 'master' ? [haproxy.reload.socket, `@!${worker.pid} `] : [haproxy.socket, ''];
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
