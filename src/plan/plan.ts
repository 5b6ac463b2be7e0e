import type { Pace } from '../config/config.ts';
import { reloadDigest } from '../haproxy/file/reload-digest.ts';
import type { ListenActions } from '../haproxy/file/runtime-listens.ts';
import type { Problem } from '../problem/problem.ts';
import type { FileChanges } from './changes.ts';
import { someOf, summarizeChanges } from './describe-changes.ts';
import { listensNeedingReload, reloadGap } from './reload-gap.ts';
import { describeServerChanges, type ServerNeeds } from './server-changes.ts';

/** A decision on what to do now, with its reasons. */
export type Plan =
  /** Nothing to do, or not before `retryAt` (milliseconds since 1970; null while nothing changes). */
  | { readonly kind: 'keep'; readonly reasons: readonly string[]; readonly retryAt: number | null }
  /** Write the file; HAProxy needs no reload, or cannot be reloaded. */
  | { readonly kind: 'refresh'; readonly reasons: readonly string[] }
  /** Change servers of pods at run time, and then plan again. */
  | { readonly kind: 'patch'; readonly reasons: readonly string[]; readonly changes: ListenActions }
  /** Write the file where it differs, and reload. */
  | { readonly kind: 'reload'; readonly reasons: readonly string[] }
  /** Do not install the desired file, because something is wrong. Only the addresses in the current file may be refreshed. */
  | { readonly kind: 'hold'; readonly reasons: readonly string[]; readonly problem: Problem };

/** The input of a plan. Times in milliseconds since 1970. */
export interface PlanInput {
  /** The current file; null when there is none. */
  readonly currentFile: string | null;
  /** The text of the desired file, and its difference to the current one. */
  readonly desired: { readonly text: string; readonly changes: FileChanges };
  /** Digest of the file that HAProxy was seen running; null when that is not known. */
  readonly runningDigest: string | null;
  /** `unreachable`: it runs but cannot be controlled. `unasked`: `haproxy.reload` is none. */
  readonly haproxy: 'running' | 'absent' | 'unreachable' | 'unseen' | 'unasked';
  /** The changes that its servers need, where pods are changed at run time. */
  readonly servers: ServerNeeds;
  /** The listens whose name HAProxy's own resolver no longer follows. */
  readonly notFollowing: readonly string[];
  /** The reason why HAProxy cannot be reloaded, or why the reload would fail; null where none is known. */
  readonly obstacle: Problem | null;
  /** The last check by `haproxy -c` where it did not finish; the next may start at `retryAt`. */
  readonly endedCheck: { readonly problem: Problem; readonly retryAt: number } | null;
  /** The consecutive reloads that the same listens needed; see `reloadGap`. */
  readonly reloadStreaks: ReadonlyMap<string, { readonly count: number; readonly at: number }>;
  /** Files that HAProxy refused, by their digest. */
  readonly refusedFiles: ReadonlyMap<string, Problem>;
  readonly pace: Pick<Pace, 'reloadEvery'>;
  readonly now: number;
  readonly reloadedAt: number | null;
  readonly refreshedAt: number | null;
}

/** The least time between two refreshes in milliseconds, so that pods that come and go do not each cause a disk write. */
export const refreshEvery = 5_000;

/** The least time for files with pods that HAProxy, after a restart, cannot find itself. In milliseconds. */
export const refreshSoon = 750;

/**
 * Decides what to do.
 *
 * | HAProxy runs            | current file    | plan                                                            |
 * | ----------------------- | --------------- | --------------------------------------------------------------- |
 * | a file of another digest, or other pods that only a reload brings | any | reload, `reloadEvery` after the last one; hold under an obstacle |
 * | a file of this digest, and does not follow cluster DNS | any | reload in the same way           |
 * | a file of this digest   | other addresses | refresh, `refreshEvery` after the last one                      |
 * | a file of this digest   | the same        | keep                                                            |
 * | nothing                 | another digest  | refresh; the reload is pending                                  |
 * | a file of another digest, and cannot be reached | any | hold                                                |
 * | any                     | any             | hold, when HAProxy refused a file of this digest                |
 * | other pods, which can be changed at run time | any | patch, in place of anything but a reload            |
 */
export function plan(input: PlanInput): Plan {
  const decided = planForFile(input);
  const { changes } = input.servers;
  if (decided.kind === 'reload' || changes.size === 0 || input.haproxy !== 'running') return decided;
  return { kind: 'patch', reasons: someOf(describeServerChanges(changes)), changes };
}

function planForFile(input: PlanInput): Plan {
  const { currentFile, desired, runningDigest, haproxy, servers, obstacle, now } = input;
  const desiredDigest = reloadDigest(desired.text);
  const changes = summarizeChanges(desired.changes);
  const refusal = input.refusedFiles.get(desiredDigest);
  if (refusal !== undefined) return { kind: 'hold', reasons: ['HAProxy refuses this file'], problem: refusal };
  const { endedCheck } = input;
  if (currentFile !== desired.text && endedCheck !== null && endedCheck.retryAt > now)
    return { kind: 'hold', reasons: ['haproxy -c has given no verdict'], problem: endedCheck.problem };

  const needsReload = runningDigest !== desiredDigest || servers.byReload.length > 0 || servers.unknown || input.notFollowing.length > 0;
  if ((haproxy === 'running' || haproxy === 'unseen') && needsReload) {
    const nextAt = nextReloadAt(input);
    if (nextAt > now) return { kind: 'keep', reasons: [waitReason(input)], retryAt: nextAt };
    if (obstacle !== null) return { kind: 'hold', reasons: ['HAProxy would fail to reload'], problem: obstacle };
    return { kind: 'reload', reasons: [reloadReason(input), ...changes] };
  }
  if (haproxy === 'unreachable' && runningDigest !== desiredDigest && obstacle !== null)
    return { kind: 'hold', reasons: ['HAProxy runs, and cannot be told to reload'], problem: obstacle };
  if (currentFile === desired.text) return { kind: 'keep', reasons: ['the file is up to date'], retryAt: null };
  if (currentFile === null || reloadDigest(currentFile) !== desiredDigest)
    return { kind: 'refresh', reasons: [`the file differs, and ${noReloadReason(haproxy)}`, ...changes] };
  return refreshInTime(input, changes);
}

function refreshInTime({ desired, refreshedAt, now }: PlanInput, changes: readonly string[]): Plan {
  const { refresh, why } = desired.changes.listens.some(({ runtime }) => runtime)
    ? { refresh: refreshSoon, why: 'only pods differ, which HAProxy has already' }
    : { refresh: refreshEvery, why: 'only known addresses differ, which HAProxy follows by itself' };
  const nextAt = refreshedAt === null ? now : refreshedAt + refresh;
  if (nextAt > now) return { kind: 'keep', reasons: [`the last refresh was less than ${refresh / 1000} s ago`], retryAt: nextAt };
  return { kind: 'refresh', reasons: [why, ...changes] };
}

/** The earliest time of the next reload, in milliseconds since 1970. */
export function nextReloadAt({ reloadedAt, pace, now, desired, reloadStreaks }: PlanInput): number {
  return reloadedAt === null ? now : reloadedAt + reloadGap(desired.changes, reloadStreaks, pace.reloadEvery);
}

function waitReason({ desired, reloadStreaks, pace }: PlanInput): string {
  const gap = reloadGap(desired.changes, reloadStreaks, pace.reloadEvery);
  if (gap === pace.reloadEvery) return 'the last reload was less than pace.reloadEvery ago';
  const listens = listensNeedingReload(desired.changes).map((name) => `listen ${name}`);
  return `${listens.slice(0, 3).join(', ')} asked for reloads again and again, so the next one is ${Math.round(gap / 1000)} s after the last`;
}

function reloadReason({ currentFile, desired, runningDigest, servers, notFollowing }: PlanInput): string {
  if (currentFile === null) return 'there was no file';
  if (reloadDigest(currentFile) !== reloadDigest(desired.text)) return 'the file differs in more than known addresses';
  if (runningDigest === null) return 'it is not known which file HAProxy runs';
  if (notFollowing.length > 0)
    return `HAProxy does not follow cluster DNS in ${someOf(notFollowing.map((name) => `listen ${name}`)).join(', ')}`;
  if (servers.byReload.length > 0) return `the pods of ${someOf(servers.byReload).join(', ')} cannot be changed at run time`;
  return servers.unknown ? 'it is not known which pods HAProxy has' : 'HAProxy runs an older file';
}

function noReloadReason(haproxy: PlanInput['haproxy']): string {
  if (haproxy === 'unasked') return 'haproxy.reload is none';
  return haproxy === 'absent' ? 'HAProxy is not there' : 'HAProxy runs it already';
}
