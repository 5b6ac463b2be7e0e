import type { Config } from '../config/config.ts';
import type { Alert } from '../haproxy/file/check-alerts.ts';
import type { renderer } from '../haproxy/file/render.ts';
import type { Health } from '../haproxy/process/watch-health.ts';
import type { Allocation } from '../haproxy/slots/allocate.ts';
import type { Version } from '../haproxy-syntax/version.ts';
import type { Problem } from '../problem/problem.ts';
import type { Observation } from '../source/observation.ts';
import type { LoopState } from './events.ts';
import type { ForeignChange } from './output-guard.ts';
import type { LastReconciliation, ReconcileResult } from './reconciliation.ts';

/** The configuration of a daemon with the files that it names, read and parsed. */
export interface LoadedFiles {
  readonly config: Config;
  readonly render: ReturnType<typeof renderer>;
  readonly version: Version;
  /** The digest of the files that this was read from. */
  readonly content: string;
}

/** A message of the daemon to its reporter. */
export type Notice =
  /** The files were read, and are in effect from now on. */
  | { readonly kind: 'loaded'; readonly files: LoadedFiles; readonly loop: LoopState }
  | { readonly kind: 'not-loaded'; readonly problem: Problem; readonly loop: LoopState }
  /** The files are about to be read again. */
  | { readonly kind: 'loading-again' }
  | { readonly kind: 'observed'; readonly loop: LoopState }
  | { readonly kind: 'reconciling'; readonly loop: LoopState }
  /** Pods were changed at run time, between two reconciliations. */
  | {
      readonly kind: 'patched';
      /** The listens whose pods HAProxy has now. */
      readonly allocations: Allocation;
      readonly changes: readonly string[];
      /** The observations that caused it. */
      readonly observations: readonly Observation[];
      readonly last: LastReconciliation;
      readonly loop: LoopState;
    }
  | { readonly kind: 'reconciled'; readonly result: ReconcileResult; readonly loop: LoopState }
  /** A reconciliation could not begin. */
  | { readonly kind: 'not-reconciled'; readonly problem: Problem; readonly loop: LoopState }
  /** The output was removed or changed by someone else, and put back where that was possible. */
  | { readonly kind: 'foreign-change'; readonly change: ForeignChange }
  /** HAProxy accepted a file with these warnings. */
  | { readonly kind: 'warnings'; readonly warnings: readonly Alert[] }
  /** The outcome of serving the status on its address; null where that succeeded. */
  | { readonly kind: 'status-address'; readonly problem: Problem | null }
  /** The health of HAProxy's servers was read. */
  | { readonly kind: 'health'; readonly health: Health }
  /** A second has passed. */
  | { readonly kind: 'tick' };
