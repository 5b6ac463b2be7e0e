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

/** The servers of a listen as HAProxy reports them. Servers without an address, such as free slots, are not counted. */
export interface ListenHealth {
  /** Servers that take traffic: their checks pass, or they are not checked. */
  readonly up: number;
  /** Those of them that are backups. */
  readonly backups: number;
  readonly down: number;
  readonly draining: number;
  readonly maintenance: number;
  /** Current sessions. */
  readonly sessions: number;
  /** Failed connections to servers and broken answers, since HAProxy's worker started. */
  readonly errors: number;
  /** The last health check result of a server that is down, in HAProxy's words; null where none is down. */
  readonly lastCheck: string | null;
}

/** One listen as `/status` shows it. Times are ISO 8601. */
export interface ListenStatus {
  readonly listen: string;
  readonly service: string;
  /** The addresses it listens on. */
  readonly binds: readonly string[];
  /** Whether a listen without pods is allowed, so that it leads to no finding. */
  readonly mayBeEmpty: boolean;
  /** `flows`: a server is up. `none`: see `outage`; null there means that the listen may be empty. `unknown`: HAProxy's health is not known. */
  readonly traffic: 'flows' | 'none' | 'unknown';
  /** The reason why no server takes traffic, and since when; null where one does, or where this is not known. */
  readonly outage: { readonly since: string; readonly problem: StatusProblem } | null;
  /** Null while it is not known. */
  readonly health: ListenHealth | null;
  /** Servers with an address: pods that have a slot, the ClusterIP, the nodes. */
  readonly servers: number;
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

/** A part of podfront with facts of its own, such as a source of endpoints. The page shows each part as a section. */
export interface StatusPart {
  readonly name: string;
  /** Names and values as they are shown; an ISO 8601 value is shown as a time. */
  readonly facts: Readonly<Record<string, string | number>>;
  /** Its problem; null where it has none. */
  readonly problem: StatusProblem | null;
}

/** The Kubernetes API as a source of pods. Times are ISO 8601. */
export interface ApiStatus {
  /** `host:port`; null before it was reached. */
  readonly server: string | null;
  /** The number of listens that have their pods from it, and of those whose last answer failed. */
  readonly listens: number;
  readonly failing: number;
  /** The time since which answers fail, and the reason; null while they are good. */
  readonly failingSince: string | null;
  readonly problem: StatusProblem | null;
  /** The time at which the last change was received. */
  readonly lastChange: string | null;
  /** Milliseconds from receiving the last change to applying it to HAProxy. */
  readonly lastLag: number | null;
  /** Counts since podfront started. */
  readonly events: number;
  readonly watchRestarts: number;
}

/** The name of the part about Services of type LoadBalancer, which exists only with `loadBalancer`. */
export const loadBalancerPartName = 'Services of type LoadBalancer';

/** A Service of type LoadBalancer. */
export interface ServiceStatus {
  /** `NAMESPACE/NAME` */
  readonly service: string;
  readonly addresses: readonly string[];
  /** Its ports that are listens, or will be. */
  readonly ports: readonly number[];
  /**
   * `served`: HAProxy serves it, and its status has the addresses. `not written`: HAProxy serves it, but its status lacks them. `pending`: it
   * waits for HAProxy. `failed`: see `problems`.
   */
  readonly state: 'served' | 'not written' | 'pending' | 'failed';
  readonly pods: number;
  /** The messages of its Events. A served Service may have some too. */
  readonly problems: readonly string[];
}

/** A server of one listen, as `/status/LISTEN` shows it. */
export interface ServerStatus {
  readonly name: string;
  /** `address:port`; null for a server without one. */
  readonly address: string | null;
  /** As HAProxy reports it; `unknown` where it does not. */
  readonly state: 'up' | 'down' | 'draining' | 'maintenance' | 'unresolved' | 'unknown';
  readonly backup: boolean;
  /** The last result of its health check; null where there is none. */
  readonly check: string | null;
  /** The time since which it has this state; null where that is not known. */
  readonly since: string | null;
  /** Null where HAProxy does not report it. */
  readonly counts: ServerCounts | null;
}

/** HAProxy's counters of a server. Totals are since its worker started. */
export interface ServerCounts {
  readonly queued: number;
  readonly sessions: number;
  readonly maxSessions: number;
  readonly totalSessions: number;
  readonly bytesIn: number;
  readonly bytesOut: number;
  readonly connectErrors: number;
  readonly responseErrors: number;
  readonly retries: number;
  readonly redispatches: number;
  readonly weight: number;
  readonly checkFailures: number;
  readonly timesDown: number;
  /** Seconds. */
  readonly downtime: number;
}

/** One listen with its servers: the JSON of `/status/LISTEN`. */
export interface ListenDetails extends ListenStatus {
  readonly serverList: readonly ServerStatus[];
}

/** The status of the daemon: the JSON of `/status` and of `podfront status --json`. */
export interface Status {
  readonly version: string;
  /** The name of this machine. */
  readonly host: string;
  /** The time of this status. */
  readonly now: string;
  readonly startedAt: string;
  /** True after the first successful reconciliation. */
  readonly ready: boolean;
  readonly config: { readonly file: string; readonly problem: StatusProblem | null };
  readonly output: string;
  readonly haproxy: {
    readonly state: 'running' | 'absent' | 'unreachable' | 'unseen' | 'unasked';
    readonly pid: number | null;
    /** Whether HAProxy was seen running the desired file, and follows cluster DNS. */
    readonly current: boolean;
  };
  /** Whether the health of HAProxy's servers is known, when it was last read, and why it is not known. */
  readonly health: { readonly known: boolean; readonly at: string | null; readonly why: string | null };
  /** The parts of podfront that have facts of their own, such as sources of endpoints. */
  readonly parts: readonly StatusPart[];
  /** Null where no listen has its pods from the Kubernetes API. */
  readonly api: ApiStatus | null;
  readonly plan: { readonly kind: string; readonly reasons: readonly string[]; readonly until: string | null };
  /** The problem that stops podfront from updating HAProxy; null when there is none. */
  readonly problem: StatusProblem | null;
  /** Warnings, such as answers of cluster DNS that are becoming too large for HAProxy. */
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
  /** Counts of changes of servers at run time since the start, successful and failed, and of servers that wait for their last connections to end. */
  readonly patches: { readonly done: number; readonly failed: number; readonly leaving: number };
  readonly listens: readonly ListenStatus[];
  /** Services of type LoadBalancer, the oldest first. */
  readonly services: readonly ServiceStatus[];
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
