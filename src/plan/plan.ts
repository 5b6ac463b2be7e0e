import type { Pace } from '../config/config.ts';
import { reloadDigest } from '../haproxy/file/reload-digest.ts';
import type { Problem } from '../problem/problem.ts';

/** What to do now, and why; `until` is when to think again (milliseconds since 1970), null when only a change can matter. */
export type Plan =
  /** Nothing to do, or not yet. */
  | { readonly kind: 'keep'; readonly reasons: readonly string[]; readonly until: number | null }
  /** Write the file; HAProxy needs no reload, or cannot be reloaded. */
  | { readonly kind: 'refresh'; readonly reasons: readonly string[] }
  /** Write the file where it differs, and reload. */
  | { readonly kind: 'reload'; readonly reasons: readonly string[] }
  /** Something is wrong: touch nothing. */
  | { readonly kind: 'hold'; readonly reasons: readonly string[]; readonly problem: Problem };

/** Everything a plan depends on. */
export interface PlanInput {
  /** The file that is; null when there is none. */
  readonly disk: string | null;
  /** The file that should be. */
  readonly next: string;
  /** Digest of the shape that HAProxy was seen running; null when that is not known. */
  readonly runs: string | null;
  /** `unreachable`: it runs, and cannot be told anything. `unasked`: under `reload: none`. */
  readonly haproxy: 'running' | 'absent' | 'unreachable' | 'unseen' | 'unasked';
  /** Why HAProxy cannot be reached. */
  readonly obstacle: Problem | null;
  /** What HAProxy refused, by digest of its shape. */
  readonly refused: ReadonlyMap<string, Problem>;
  readonly pace: Pick<Pace, 'reloadEvery'>;
  readonly now: number;
  readonly reloadedAt: number | null;
  readonly refreshedAt: number | null;
}

/** Least time between two refreshes: churn shall not become disk writes. */
export const refreshEvery = 5_000;

/**
 * | HAProxy runs        | file on disk    | plan                                          |
 * | ------------------- | --------------- | --------------------------------------------- |
 * | another shape       | any             | reload, `reloadEvery` after the last one      |
 * | this shape          | other addresses | refresh, `refreshEvery` after the last one    |
 * | this shape          | the same        | keep                                          |
 * | is not there        | another shape   | refresh; the reload is owed                   |
 * | another shape, and cannot be reached  | | hold                                          |
 * | any                 | any             | hold, when HAProxy refused this shape before  |
 */
export function plan(standing: PlanInput): Plan {
  const { disk, next, runs, haproxy, refused, pace, now } = standing;
  const wanted = reloadDigest(next);
  const problem = refused.get(wanted);
  if (problem !== undefined) return { kind: 'hold', reasons: ['HAProxy refused this very file before'], problem };

  if ((haproxy === 'running' || haproxy === 'unseen') && runs !== wanted) {
    const due = standing.reloadedAt === null ? now : standing.reloadedAt + pace.reloadEvery;
    if (due > now) return { kind: 'keep', reasons: ['the last reload was less than pace.reloadEvery ago'], until: due };
    return { kind: 'reload', reasons: [reloadReason(disk, next, runs)] };
  }
  if (haproxy === 'unreachable' && runs !== wanted && standing.obstacle !== null)
    return { kind: 'hold', reasons: ['HAProxy runs, and cannot be told to reload'], problem: standing.obstacle };
  if (disk === next) return { kind: 'keep', reasons: ['the file is as it should be'], until: null };
  if (disk === null || reloadDigest(disk) !== wanted) {
    const reason =
      haproxy === 'unasked' ? 'haproxy.reload is none' : haproxy === 'absent' ? 'HAProxy is not there' : 'HAProxy runs it already';
    return { kind: 'refresh', reasons: [`the file differs, and ${reason}`] };
  }
  const due = standing.refreshedAt === null ? now : standing.refreshedAt + refreshEvery;
  if (due > now) return { kind: 'keep', reasons: [`the last refresh was less than ${refreshEvery / 1000} s ago`], until: due };
  return { kind: 'refresh', reasons: ['only known addresses differ, which HAProxy follows by itself'] };
}

function reloadReason(disk: string | null, next: string, runs: string | null): string {
  if (disk === null) return 'there was no file';
  if (reloadDigest(disk) !== reloadDigest(next)) return 'the file differs in more than known addresses';
  return runs === null ? 'it is not known which file HAProxy runs' : 'HAProxy runs an older file';
}
