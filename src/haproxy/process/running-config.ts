import type { HaproxyConfig } from '../../config/config.ts';
import { reloadDigest } from '../file/reload-digest.ts';
import { type Env, type HaproxyState, inspect, isUnchanged, sameWorker } from './inspect.ts';
import { type Journal, unseenWorker } from './journal.ts';
import { startedAt } from './proc.ts';

/** The running HAProxy, and the digest of the shape it runs; null when that cannot be told. */
export interface RunningConfig {
  readonly seen: HaproxyState;
  readonly runs: string | null;
}

/** /proc counts a process's start in steps of 10 ms. */
const grain = 20;

/**
 * Tells what HAProxy runs: what this worker was seen running before, by us or by an earlier daemon; else the file on disk,
 * when that was in place before the worker started, because HAProxy reads its files when it starts and when it reloads.
 *
 * @param before what the last turn saw
 */
export async function findRunningConfig(
  haproxy: HaproxyConfig,
  journal: Journal,
  disk: string | null,
  before: RunningConfig,
  { env }: { env: Env },
  signal: AbortSignal,
): Promise<RunningConfig> {
  const seen = (await isUnchanged(before.seen)) ? before.seen : await inspect(haproxy, env, signal);
  if (seen.kind === 'absent') {
    const alive = await journal.worker();
    if (alive === null) return { seen, runs: null };
    return { seen: { kind: 'unreachable', worker: alive, problem: seen.problem }, runs: await journal.runs(alive) };
  }
  if (seen.kind === 'unseen') return { seen, runs: before.runs ?? (await journal.runs(unseenWorker)) };
  const { worker } = seen;
  if (before.runs !== null && before.seen.kind === 'running' && sameWorker(before.seen.worker, worker)) return { seen, runs: before.runs };

  const noted = await journal.runs(worker);
  const runs = noted ?? (disk !== null && (await readSince(journal, worker)) ? reloadDigest(disk) : null);
  if (runs !== null && noted === null) await journal.note(worker, runs);
  // A change that was under way when an earlier daemon ended is done when HAProxy runs it.
  if (runs !== null && disk !== null && runs === reloadDigest(disk)) await journal.forgetGood();
  return { seen, runs };
}

async function readSince(journal: Journal, worker: { readonly pid: number; readonly start: number }): Promise<boolean> {
  const changed = await journal.changedAt();
  return worker.start !== 0 && changed !== null && changed + grain <= (await startedAt(worker));
}
