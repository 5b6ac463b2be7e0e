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

/** The dependencies of a reconciliation. */
export interface ReconcileWorld {
  readonly haproxy: Haproxy;
  readonly clock: Clock;
}

/** The input of a reconciliation. */
export interface ReconcileInput {
  readonly config: Config;
  readonly render: ReturnType<typeof renderer>;
  readonly version: Version;
  /** The last good observation of each listen that has one, in the order of the listens. */
  readonly observations: readonly Observation[];
  /** The problem of each listen whose last answer was not good, by its name. */
  readonly failing: ReadonlyMap<string, Problem>;
  /** The listens that HAProxy no longer follows, for which it must be reloaded. */
  readonly notFollowing: readonly string[];
  /** Whether HAProxy keeps servers whose name no longer exists; see source/losses.ts. */
  readonly keepsLost: boolean;
  /** Whether slots may be released although nothing else needs a reload. */
  readonly releaseSlots: boolean;
  /** Whether files were read again, so that HAProxy's other files (`haproxy.with`) may have changed. */
  readonly checkOtherFiles: boolean;
  /** Decide and report, change nothing. */
  readonly dryRun: boolean;
  /** Whether the Services of type LoadBalancer were not listed yet, so that their listens stay as they are. */
  readonly keepServiceListens?: boolean;
  /** How long a reload waits for those of other VMs, in milliseconds. */
  readonly reloadDelay?: number;
}

/** The part of a result that the next reconciliation starts from. */
export interface LastReconciliation {
  readonly running: RunningConfig;
  readonly state: ReconcileState;
  /** Absent before the first one. */
  readonly allocation?: Allocation;
}

/** One attempt of a reconciliation: the findings and the plan. */
export interface Attempt {
  readonly inspection: Inspection;
  readonly state: ReconcileState;
  readonly desired: DesiredFile;
  readonly plan: Plan;
  /** Milliseconds since 1970. */
  readonly decidedAt: number;
  /** The changes at run time by earlier attempts of the same reconciliation, one sentence for each listen. */
  readonly patched: readonly string[];
}

/** The outcome of one reconciliation. */
export interface ReconcileResult extends Attempt {
  /** The outcome of the plan; null where there was nothing to do. */
  readonly outcome: AttemptOutcome | null;
  /** The reason why nothing could be done, or why the change failed; null where neither is so. */
  readonly problem: Problem | null;
  /** The time of the next reconciliation without a change, in milliseconds since 1970; null: wait for a change. */
  readonly retryAt: number | null;
}

/** Milliseconds after which a change prevented from outside (a full disk, a taken port) is tried again. */
export const retryAfter = 5_000;
