import type { Config } from '../config/config.ts';
import type { renderer } from '../haproxy/file/render.ts';
import type { Haproxy, Inspection } from '../haproxy/process/haproxy.ts';
import type { RunningConfig } from '../haproxy/process/running-config.ts';
import type { Allocation } from '../haproxy/slots/allocate.ts';
import type { Version } from '../haproxy-syntax/version.ts';
import type { DesiredFile } from '../plan/desired-file.ts';
import type { Plan } from '../plan/plan.ts';
import type { Problem } from '../problem/problem.ts';
import type { Observation } from '../source/observation.ts';
import type { Clock } from '../system/clock.ts';
import type { AttemptOutcome } from './carry-out.ts';
import type { ReconcileState } from './state.ts';

/** The world of a reconciliation. */
export interface ReconcileWorld {
  readonly haproxy: Haproxy;
  readonly clock: Clock;
}

/** Everything that is known when a reconciliation begins. */
export interface ReconcileInput {
  readonly config: Config;
  readonly render: ReturnType<typeof renderer>;
  readonly version: Version;
  /** The last good observation of each listen that has one, in the order of the listens. */
  readonly observations: readonly Observation[];
  /** Why the last answer for a listen was not good, by its name. */
  readonly failing: ReadonlyMap<string, Problem>;
  /** Listens that HAProxy has stopped following, for which it has to be reloaded. */
  readonly notFollowing: readonly string[];
  /** Whether HAProxy shall keep servers whose name no longer exists; see source/losses.ts. */
  readonly keepsLost: boolean;
  /** Whether slots may be released though nothing else asks for a reload. */
  readonly releaseSlots: boolean;
  /** Whether files were read again, so that those that HAProxy loads beside ours may have changed. */
  readonly checkOtherFiles: boolean;
  /** Decide and report, change nothing. */
  readonly dryRun: boolean;
  /** Whether the Services of type LoadBalancer were not listed yet, so that their listens stay as they are. */
  readonly keepServiceListens?: boolean;
  /** How long a reload waits for those of other VMs, in milliseconds. */
  readonly reloadDelay?: number;
}

/** What one reconciliation hands to the next. */
export interface LastReconciliation {
  readonly running: RunningConfig;
  readonly state: ReconcileState;
  /** Absent before the first one. */
  readonly allocation?: Allocation;
}

/** One attempt of a reconciliation: what was found, and what is to be done. */
export interface Attempt {
  readonly inspection: Inspection;
  readonly state: ReconcileState;
  readonly desired: DesiredFile;
  readonly plan: Plan;
  /** Milliseconds since 1970. */
  readonly decidedAt: number;
  /** What was changed at run time in earlier attempts of the same reconciliation, one sentence for each listen. */
  readonly patched: readonly string[];
}

/** The outcome of one reconciliation. */
export interface ReconcileResult extends Attempt {
  /** What became of the change; null where nothing was to be done. */
  readonly outcome: AttemptOutcome | null;
  /** Why nothing could be done, or why the change failed. */
  readonly problem: Problem | null;
  /** When to reconcile again although nothing changes, in milliseconds since 1970; null: wait for a change. */
  readonly retryAt: number | null;
}

/** Milliseconds after which an obstacle outside of podfront (a full disk, a taken port) is looked at again. */
export const retryAfter = 5_000;
