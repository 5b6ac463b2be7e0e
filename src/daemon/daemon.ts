import type { Config } from '../config/config.ts';
import type { Haproxy } from '../haproxy/process/haproxy.ts';
import { isSameHaproxy } from '../haproxy/process/inspect.ts';
import type { Health } from '../haproxy/process/watch-health.ts';
import type { LoadBalancer } from '../load-balancer/open.ts';
import { Problem } from '../problem/problem.ts';
import type { Source } from '../source/source.ts';
import type { Clock } from '../system/clock.ts';
import type { Lock } from '../system/lock.ts';
import { openEventQueue } from './event-queue.ts';
import {
  afterPatch,
  applyEvent,
  applyTime,
  type DaemonEvent,
  duePatches,
  initialLoopState,
  type LoopState,
  nextDueAt,
  nextReconcileAt,
} from './events.ts';
import { afterFollowing, openFileFollower } from './follow-file.ts';
import { openServices } from './load-balancer.ts';
import type { LoadedFiles, Notice } from './notice.ts';
import { openOutputGuard, textLeftBy } from './output-guard.ts';
import { notPatched, patchListens } from './patch-listens.ts';
import { reconcile } from './reconcile.ts';
import { afterReconciliation, podsBefore, reconcileInput } from './reconcile-input.ts';
import { type LastReconciliation, type ReconcileResult, retryAfter } from './reconciliation.ts';
import { unknownConfig } from './record-outcome.ts';
import { withServices } from './service-listens.ts';
import { initialState, withoutRefusals } from './state.ts';
import { watchServers } from './watch-servers.ts';

/** The daemon's dependencies. Calls that may block take a signal. */
export interface DaemonWorld {
  readonly clock: Clock;
  /** Reads the configuration and the files that it names. Throws Problem. */
  readonly load: (signal: AbortSignal) => Promise<LoadedFiles>;
  readonly watchSource: Source['watch'];
  /** Calls `changed` when the watched files, readable or not, no longer match the digest `content`. */
  readonly watchFiles: (content: string, changed: () => void, signal: AbortSignal) => Promise<void>;
  readonly openHaproxy: (config: Config) => Haproxy;
  /** Reports the health of HAProxy's servers until the signal. */
  readonly watchHealth: (config: Config, report: (health: Health) => void, signal: AbortSignal) => Promise<void>;
  /** Opens what Services of type LoadBalancer need; called where the configuration has `loadBalancer`. */
  readonly openLoadBalancer: (config: Config) => LoadBalancer;
  /** Makes this the only daemon for an output. Throws Problem `watch.locked`. */
  readonly lock: (output: string) => Promise<Lock>;
  readonly onHangup: (listener: () => void) => void;
  readonly report: (notice: Notice) => void | Promise<void>;
}

/** The options of the daemon: `once` exits after one reconciliation, `dryRun` decides and reports without a change. */
export interface DaemonOptions {
  readonly once: boolean;
  readonly dryRun: boolean;
}

/** Milliseconds between two looks at HAProxy's process. */
const tickEvery = 1_000;

/** The state before the first reconciliation: nothing is known of HAProxy. */
const firstRun: LastReconciliation = { running: unknownConfig, state: initialState };

/**
 * Runs until the signal. Every event goes into one queue; once changes have settled, one reconciliation at a time acts on them.
 * @returns the result of the last reconciliation; null when there was none
 * @throws Problem where it cannot start: an unusable configuration, an output that another daemon has locked
 */
export async function daemon(world: DaemonWorld, options: DaemonOptions, signal: AbortSignal): Promise<ReconcileResult | null> {
  const { clock, report } = world;
  const queue = openEventQueue<DaemonEvent>(clock);
  const failure = new AbortController();
  const ending = AbortSignal.any([signal, failure.signal]);
  let files = await world.load(signal);
  let haproxy = world.openHaproxy(files.config);
  let lock = options.dryRun ? null : await world.lock(files.config.haproxy.output);
  let loop: LoopState = { ...initialLoopState(files.config, clock.now()), unobserved: await podsBefore(haproxy, files.config, signal) };
  let last = firstRun;
  let result: ReconcileResult | null = null;
  let checkOtherFiles = false;
  const guard = openOutputGuard();
  const follower = openFileFollower(guard, (isWritten) => {
    if (isWritten) last = afterFollowing(last, clock.now());
    else queue.post({ kind: 'output' });
  });
  const services = openServices(world.openLoadBalancer, clock, queue.post);
  let watchers = startWatchers();
  world.onHangup(() => queue.post({ kind: 'hangup' }));

  /** Watches the source and the files of one configuration, until it is aborted. */
  function startWatchers(): AbortController {
    const stop = new AbortController();
    const stopping = AbortSignal.any([ending, stop.signal]);
    const observed: Parameters<Source['watch']>[1] = (observations) => queue.post({ kind: 'observed', observations });
    inBackground(world.watchSource(files.config, observed, stopping, services.feed), stopping);
    const changed = () => queue.post({ kind: 'files' });
    if (!options.once) {
      inBackground(world.watchFiles(files.content, changed, stopping), stopping);
      const reportHealth = (health: Health) => void report({ kind: 'health', health });
      inBackground(world.watchHealth(files.config, reportHealth, stopping), stopping);
    }
    inBackground(services.run(files.config, !options.once && !options.dryRun, stopping), stopping);
    return stop;
  }

  /** Ends the daemon when the work fails before it was told to stop. */
  function inBackground(work: Promise<void>, stopping: AbortSignal): void {
    work.catch((error: unknown) => {
      if (!stopping.aborted) failure.abort(error);
    });
  }

  async function watchHaproxy(): Promise<void> {
    let { running } = last;
    let previous = running.state;
    for (;;) {
      await clock.sleep(tickEvery, ending);
      await report({ kind: 'tick' });
      if (running !== last.running) {
        ({ running } = last);
        previous = running.state;
      }
      if (!options.dryRun && (await guard.isChanged(haproxy))) queue.post({ kind: 'output' });
      if (result === null || files.config.haproxy.reload.kind === 'none') continue;
      const found = await haproxy.findProcess(previous, ending);
      if (!isSameHaproxy(previous, found)) queue.post({ kind: 'haproxy' });
      previous = found;
    }
  }

  /** Reads the files again; where they cannot be used, the current configuration stays in effect. */
  async function loadAgain(): Promise<void> {
    await report({ kind: 'loading-again' });
    const { hangup } = loop;
    loop = { ...loop, filesChanged: false, hangup: false };
    try {
      const fresh = await world.load(ending);
      await takeOver(fresh, hangup || fresh.content !== files.content);
      await report({ kind: 'loaded', files, loop });
    } catch (error) {
      if (!(error instanceof Problem)) throw error;
      loop = { ...loop, configProblem: error };
      await report({ kind: 'not-loaded', problem: error, loop });
    }
  }

  async function takeOver(fresh: LoadedFiles, retryRefused: boolean): Promise<void> {
    await services.giveUp(fresh.config);
    const { output } = fresh.config.haproxy;
    if (output !== files.config.haproxy.output && lock !== null) {
      const other = await world.lock(output);
      await lock.release();
      lock = other;
      last = firstRun;
      guard.forget();
    }
    loop = { ...withServices(loop, fresh.config, loop.services.services).state, configProblem: null, unconfirmed: new Map() };
    // Whether HAProxy asks over TCP is decided again, from the current configuration and answers.
    last = { ...last, state: { ...(retryRefused ? withoutRefusals(last.state) : last.state), tcp: false } };
    files = fresh;
    haproxy = world.openHaproxy(fresh.config);
    checkOtherFiles = true;
    watchers.abort();
    watchers = startWatchers();
  }

  /** Changes pods at run time: those that were observed, and those whose last connections may have ended. */
  async function patchOnce(): Promise<void> {
    const due = duePatches(loop, last.state.leaving, clock.now());
    if (due === null) return;
    const blind = result === null || options.dryRun;
    const patched = blind ? notPatched(last) : await patchListens({ haproxy, clock }, loop.config, due, last, ending);
    last = patched.last;
    loop = afterPatch(loop, patched, clock.now());
    const { changes, allocations } = patched;
    if (changes.length > 0) await report({ kind: 'patched', changes, allocations, observations: due, last, loop });
  }

  /** Lets the file follow what was changed at run time, while more is changed. */
  async function followOnce(): Promise<void> {
    if (loop.fileAt === null || loop.fileAt > clock.now()) return;
    await follower.idle();
    const allocations = [...loop.unwritten.values()];
    loop = { ...loop, unwritten: new Map(), fileAt: null };
    inBackground(follower.start(haproxy, allocations, last, ending), ending);
  }

  async function reconcileOnce(): Promise<void> {
    await report({ kind: 'reconciling', loop });
    const began = clock.now();
    const input = reconcileInput(files, loop, { checkOtherFiles, dryRun: options.dryRun }, began);
    loop = { ...loop, changes: null, unwritten: new Map(), fileAt: null, retryAt: null };
    try {
      const change = options.dryRun ? null : await guard.repair(haproxy, files.config.haproxy.output, last.running.state, ending);
      if (change !== null) await report({ kind: 'foreign-change', change });
      const done = await guard.during(haproxy, () => reconcile({ haproxy, clock }, input, last, ending), textLeftBy);
      checkOtherFiles = false;
      last = { running: done.inspection, state: done.state, allocation: done.desired.allocation };
      result = done;
      loop = afterReconciliation(loop, input, done, began, clock.now());
      await report({ kind: 'reconciled', result: done, loop });
      services.update(loop, result);
    } catch (error) {
      if (!(error instanceof Problem) || options.once) throw error;
      loop = { ...loop, retryAt: clock.now() + retryAfter };
      await report({ kind: 'not-reconciled', problem: error, loop });
    }
  }

  try {
    await report({ kind: 'loaded', files, loop });
    if (!options.once) {
      inBackground(watchHaproxy(), ending);
      const current = () => ({ haproxy, result, lastKnown: loop.lastKnown });
      inBackground(
        watchServers(clock, current, (lags) => queue.post({ kind: 'servers', lags }), ending),
        ending,
      );
    }
    for (;;) {
      for (const event of await queue.take(nextDueAt(loop), ending)) loop = applyEvent(loop, event, clock.now());
      loop = applyTime(loop, clock.now());
      await report({ kind: 'observed', loop });
      services.update(loop, result);
      await patchOnce();
      await followOnce();
      const at = nextReconcileAt(loop);
      if (at === null || at > clock.now()) continue;
      await follower.idle();
      if (loop.filesChanged) await loadAgain();
      else {
        await reconcileOnce();
        if (options.once) return result;
      }
    }
  } catch (error) {
    if (failure.signal.aborted) throw failure.signal.reason;
    if (!signal.aborted) throw error;
    return result;
  } finally {
    failure.abort();
    await follower.idle();
    await services.released();
    await lock?.release();
  }
}
