import { withoutSecrets } from '../haproxy-syntax/secrets.ts';
import type { Problem } from '../problem/problem.ts';
import { messageWithPlace } from '../problem/problem.ts';

/** A problem as JSON. */
export interface StatusProblem {
  readonly code: string;
  readonly message: string;
  readonly hint: string;
  /** HAProxy's messages, if any, without password hashes. */
  readonly lines: readonly string[];
}

/** One listen as `/status` shows it. Times are ISO 8601. */
export interface ListenStatus {
  readonly listen: string;
  readonly service: string;
  readonly records: string | null;
  /** `fresh`: the last answer was good. `stale`: it failed, and an earlier one is in use. `failing`: no answer has been good yet. `asking`: no answer yet. */
  readonly state: 'fresh' | 'stale' | 'failing' | 'asking';
  /** The time of the last good answer. */
  readonly since: string | null;
  readonly staleSeconds: number;
  readonly pods: number;
  readonly slots: number;
  readonly free: number;
  /** Pods without a slot. */
  readonly overflow: number;
  /** Addresses that are not used because they are outside the networks of the cluster. */
  readonly outside: number;
  /** The reason why answers fail. */
  readonly failing: StatusProblem | null;
  /** The reason why the listen is held back. */
  readonly left: StatusProblem | null;
}

/** The status of the daemon: the JSON of `/status` and of `podfront status --json`. */
export interface Status {
  readonly version: string;
  readonly startedAt: string;
  /** True after the first successful reconciliation. */
  readonly ready: boolean;
  readonly config: { readonly file: string; readonly problem: StatusProblem | null };
  readonly output: string;
  readonly haproxy: {
    readonly state: 'running' | 'absent' | 'unreachable' | 'unseen' | 'unasked';
    readonly pid: number | null;
    /** Whether it was seen running the desired file. */
    readonly current: boolean;
  };
  readonly plan: { readonly kind: string; readonly reasons: readonly string[]; readonly until: string | null };
  /** The problem that stops podfront from updating HAProxy; null when there is none. */
  readonly problem: StatusProblem | null;
  /** Problems to come: answers of cluster DNS that are becoming too large for HAProxy. */
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

/** A problem as `/status` shows it; the messages of its parts are appended. */
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
