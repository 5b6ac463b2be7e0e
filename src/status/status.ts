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
  /** The last result of the health check of a server that is down, in HAProxy's words; null where none is. */
  readonly lastCheck: string | null;
}

/** One listen as `/status` shows it. Times are ISO 8601. */
export interface ListenStatus {
  readonly listen: string;
  readonly service: string;
  /** The addresses it listens on. */
  readonly binds: readonly string[];
  /** Whether a listen without pods is no finding. */
  readonly mayBeEmpty: boolean;
  /** `flows`: a server is up. `none`: see `outage`; null there means that the listen may be empty. `unknown`: HAProxy's health is not known. */
  readonly traffic: 'flows' | 'none' | 'unknown';
  /** Why no server takes traffic, and since when; null where one does, and where it is not known. */
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
  /** What is wrong with it; null where nothing is. */
  readonly problem: StatusProblem | null;
}

/** The Kubernetes API as a source of pods. Times are ISO 8601. */
export interface ApiStatus {
  /** `host:port`; null before it was reached. */
  readonly server: string | null;
  /** Listens that have their pods from it, and those of which the last answer has failed. */
  readonly listens: number;
  readonly failing: number;
  /** Since when answers fail, and why; null while they are good. */
  readonly failingSince: string | null;
  readonly problem: StatusProblem | null;
  /** When a change was received last. */
  readonly lastChange: string | null;
  /** Milliseconds from the last change that was received to HAProxy. */
  readonly lastLag: number | null;
  /** Counts since podfront started. */
  readonly events: number;
  readonly watchRestarts: number;
}

/** The part about Services of type LoadBalancer, which is there with `loadBalancer` alone. */
export const loadBalancerPartName = 'Services of type LoadBalancer';

/** A Service of type LoadBalancer. */
export interface ServiceStatus {
  /** `NAMESPACE/NAME` */
  readonly service: string;
  readonly addresses: readonly string[];
  /** Its ports that are listens, or will be. */
  readonly ports: readonly number[];
  /**
   * `served`: HAProxy serves it, and its status says so. `not written`: it is served, and the writer has not written that yet. `pending`: it
   * waits for HAProxy. `failed`: see `problems`.
   */
  readonly state: 'served' | 'not written' | 'pending' | 'failed';
  readonly pods: number;
  /** What its Events say; a Service that is served may have some, too. */
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
  /** Since when it has this state; null where that is not known. */
  readonly since: string | null;
  /** Null where HAProxy does not report it. */
  readonly counts: ServerCounts | null;
}

/** What HAProxy counts of a server. Totals are since its worker started. */
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
    /** Whether it was seen running the desired file, and follows cluster DNS. */
    readonly current: boolean;
  };
  /** Whether HAProxy's health is known, when it was read last, and why it is not known. */
  readonly health: { readonly known: boolean; readonly at: string | null; readonly why: string | null };
  /** The parts of podfront that have facts of their own, such as sources of endpoints. */
  readonly parts: readonly StatusPart[];
  /** Null where no listen has its pods from the Kubernetes API. */
  readonly api: ApiStatus | null;
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
  /** Changes of servers at run time since the start, those that failed, and servers that only have connections left. */
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
