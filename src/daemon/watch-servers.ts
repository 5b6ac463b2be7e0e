import type { Haproxy } from '../haproxy/process/haproxy.ts';
import type { LastKnownByListen } from '../source/last-known.ts';
import type { Clock } from '../system/clock.ts';
import { type Lag, lagsOf } from './following.ts';
import type { ReconcileResult } from './reconciliation.ts';

/** Milliseconds between two readings of HAProxy's servers. Reading 2.4 MB for 1,000 listens takes long, so `share` times its duration passes as well. */
const readEvery = 5_000;
const share = 100;

/** The current state of the daemon. */
export interface ServersWatched {
  readonly haproxy: Haproxy;
  readonly result: ReconcileResult | null;
  readonly lastKnown: LastKnownByListen;
}

/** Compares, until the signal, the servers that HAProxy's own resolver has found with those that are known. */
export async function watchServers(
  clock: Clock,
  current: () => ServersWatched,
  report: (lags: ReadonlyMap<string, Lag>) => void,
  signal: AbortSignal,
): Promise<void> {
  for (;;) {
    await clock.sleep(readEvery, signal);
    const { haproxy, result } = current();
    if (result === null || result.inspection.state.kind !== 'running') continue;
    const { allocation, heldBack } = result.desired;
    if (allocation.every(({ slots }) => slots === null)) continue;
    const began = clock.now();
    // In a function of its own, so that the reading is not kept in memory while the loop sleeps.
    const lags = async () => lagsOf(await haproxy.readServers(signal), allocation, heldBack, current().lastKnown);
    report(await lags());
    await clock.sleep(share * (clock.now() - began), signal);
  }
}
