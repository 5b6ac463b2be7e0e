import type { Config } from '../../src/config/config.ts';
import { reconcile } from '../../src/daemon/reconcile.ts';
import type { LastReconciliation, ReconcileInput, ReconcileResult } from '../../src/daemon/reconciliation.ts';
import { unknownConfig } from '../../src/daemon/record-outcome.ts';
import { initialState } from '../../src/daemon/state.ts';
import type { Observation } from '../../src/source/observation.ts';
import { render, version } from './daemon-with-fakes.ts';
import { type FakeClock, openFakeClock } from './fake-clock.ts';
import { type FakeHaproxy, openFakeHaproxy } from './fake-haproxy.ts';

/** Reconciliations on fakes, each with the result of the one before. */
export interface Reconciler {
  readonly haproxy: FakeHaproxy;
  readonly clock: FakeClock;
  readonly run: (config: Config, observations: readonly Observation[], input?: Partial<ReconcileInput>) => Promise<ReconcileResult>;
}

/** @param running whether HAProxy runs from the start */
export function openReconciler(running = true): Reconciler {
  const clock = openFakeClock(1_000_000);
  const haproxy = openFakeHaproxy();
  if (running) haproxy.start();
  let last: LastReconciliation = { running: unknownConfig, state: initialState };
  return {
    haproxy,
    clock,
    async run(config, observations, given = {}) {
      const input: ReconcileInput = {
        ...{
          config,
          render,
          version,
          observations,
          failing: new Map(),
          keepsLost: false,
          notFollowing: [],
          releaseSlots: false,
          checkOtherFiles: false,
          dryRun: false,
        },
        ...given,
      };
      const result = await reconcile({ haproxy, clock }, input, last, new AbortController().signal);
      last = { running: result.inspection, state: result.state };
      return result;
    },
  };
}
