import { withoutSecrets } from '../haproxy-syntax/secrets.ts';
import type { Problem } from '../problem/problem.ts';
import { messageWithPlace } from '../problem/problem.ts';

/** A problem as JSON. */
export interface StatusProblem {
  readonly code: string;
  readonly message: string;
  readonly hint: string;
  /** HAProxy's own lines, where there are some, without password hashes. */
  readonly lines: readonly string[];
}

/** One listen as `/status` shows it. Times are ISO 8601. */
export interface ListenStatus {
  readonly listen: string;
  readonly service: string;
  readonly records: string | null;
  /** `fresh`: the last answer was good. `stale`: it was not, an earlier one is in use. `failing`: there was no good answer yet. */
  readonly state: 'fresh' | 'stale' | 'failing' | 'asking';
  /** When the last good answer came. */
  readonly since: string | null;
  readonly staleSeconds: number;
  readonly pods: number;
  readonly slots: number;
  readonly free: number;
  /** Pods without a slot. */
  readonly overflow: number;
  /** Why answers fail. */
  readonly failing: StatusProblem | null;
  /** Why the listen is left as it was, or out. */
  readonly left: StatusProblem | null;
}

/** What the running daemon knows: the JSON of `/status` and of `podfront status --json`. */
export interface Status {
  readonly version: string;
  readonly startedAt: string;
  /** True after the first good turn. */
  readonly ready: boolean;
  readonly config: { readonly file: string; readonly problem: StatusProblem | null };
  readonly output: string;
  readonly haproxy: {
    readonly state: 'running' | 'absent' | 'unreachable' | 'unseen' | 'unasked';
    readonly pid: number | null;
    /** Whether it was seen running the file that should be. */
    readonly current: boolean;
  };
  readonly plan: { readonly kind: string; readonly reasons: readonly string[]; readonly until: string | null };
  /** What keeps podfront from doing what it should; null when nothing does. */
  readonly problem: StatusProblem | null;
  /** What works, and may not go on to: the answers of cluster DNS outgrow what HAProxy can take. */
  readonly warnings: readonly StatusProblem[];
  readonly lastReload: {
    readonly at: string;
    readonly why: string;
    readonly outcome: 'done' | 'unseen' | 'failed';
    readonly problem: StatusProblem | null;
  } | null;
  readonly reloads: number;
  readonly failedReloads: number;
  readonly refreshes: number;
  readonly listens: readonly ListenStatus[];
  readonly refused: readonly { readonly listen: string | null; readonly problem: StatusProblem }[];
}

/** A problem as `/status` shows it; several in one are told as one sentence each. */
export function statusProblem(problem: Problem | null): StatusProblem | null {
  if (problem === null) return null;
  const message = [messageWithPlace(problem), ...problem.parts.map(messageWithPlace)].join('; ');
  const lines = [...problem.lines, ...problem.parts.flatMap((part) => part.lines)].map(withoutSecrets);
  return { code: problem.code, message, hint: problem.hint, lines };
}

/** Milliseconds since 1970 as ISO 8601. */
export function isoTime(at: number | null): string | null {
  return at === null ? null : new Date(at).toISOString();
}
