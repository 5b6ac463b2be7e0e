import type { Config } from '../config/config.ts';
import type { renderer } from '../haproxy/file/render.ts';
import { type HaproxyState, inspect, isUnchanged, sameWorker } from '../haproxy/process/inspect.ts';
import { journalOf } from '../haproxy/process/journal.ts';
import { releaseAt, spareSlots } from '../haproxy/slots/release.ts';
import type { Version } from '../haproxy-syntax/version.ts';
import { Problem } from '../problem/problem.ts';
import { carriedOver } from '../source/last-known.ts';
import type { Source } from '../source/source.ts';
import type { Lock } from '../system/lock.ts';
import { openEventQueue } from './event-queue.ts';
import { applyEvent, type DaemonEvent, initialLoopState, type LoopState, nextReconcileAt, restUntil } from './events.ts';
import { type ReconcileResult, reconcile, type World } from './reconcile.ts';
import { initialState, withoutRefusals } from './state.ts';

/** The files a daemon runs on, read and understood. */
export interface LoadedFiles {
  readonly config: Config;
  readonly render: ReturnType<typeof renderer>;
  readonly version: Version;
  /** Names the content of the files that this was read from. */
  readonly content: string;
}

/** The world as the daemon sees it. Everything that waits takes a signal. */
export interface DaemonWorld extends World {
  /** Reads configuration and templates. Throws Problem. */
  readonly load: (signal: AbortSignal) => Promise<LoadedFiles>;
  readonly watchSource: Source['watch'];
  /** Tells when a file that was loaded, or that could not be, is another than before. */
  readonly watchFiles: (content: string, changed: () => void, signal: AbortSignal) => Promise<void>;
  readonly lock: (output: string) => Promise<Lock>;
  readonly onHangup: (listener: () => void) => void;
  /** Told of everything worth knowing; see `Told`. */
  readonly tell: (told: Notice) => void | Promise<void>;
}

/** What a daemon tells while it runs. */
export type Notice =
  | { readonly kind: 'loaded'; readonly loaded: LoadedFiles; readonly desk: LoopState }
  | { readonly kind: 'not-loaded'; readonly problem: Problem }
  | { readonly kind: 'rereading' }
  | { readonly kind: 'turning' }
  | { readonly kind: 'turned'; readonly turned: ReconcileResult; readonly desk: LoopState }
  /** A turn could not even begin. */
  | { readonly kind: 'not-turned'; readonly problem: Problem; readonly desk: LoopState }
  | { readonly kind: 'learnt'; readonly desk: LoopState }
  | { readonly kind: 'ticked' };

export interface DaemonOptions {
  /** One full turn, then end. */
  readonly once: boolean;
  /** Decide and tell, touch nothing. */
  readonly dryRun: boolean;
}

/** How often the running HAProxy is looked for, in milliseconds. */
const tick = 1_000;
/** What keeps a turn from beginning (an output that cannot be read) is looked at again after this time. */
const tryAgain = 5_000;

/**
 * Runs until the signal, which it answers by resolving: everything that happens comes into one mailbox, waits there until it
 * settled, and is acted on by one turn at a time. Returns the last turn; null when there was none.
 * @throws Problem where it cannot begin: an unusable configuration, an output that another daemon keeps
 */
export async function daemon(world: DaemonWorld, options: DaemonOptions, signal: AbortSignal): Promise<ReconcileResult | null> {
  const { clock } = world;
  const box = openEventQueue<DaemonEvent>(clock);
  const over = new AbortController();
  const ending = AbortSignal.any([signal, over.signal]);
  let loaded = await world.load(signal);
  let lock = options.dryRun ? null : await world.lock(loaded.config.haproxy.output);
  if (lock !== null) await journalOf(loaded.config.haproxy.output).removeCandidates();
  let desk = initialLoopState(loaded.config, clock.now());
  let last: { turned: ReconcileResult | null; seen: HaproxyState; state: ReconcileResult['state'] } = {
    turned: null,
    seen: { kind: 'unseen' },
    state: initialState,
  };
  let recheck = false;
  let helpers = begin();
  world.onHangup(() => box.post({ kind: 'hangup' }));

  /** Starts what works beside the turns for one configuration: asking DNS, watching files. */
  function begin(): AbortController {
    const stop = new AbortController();
    const within = AbortSignal.any([ending, stop.signal]);
    const { config, content } = loaded;
    aside(
      world.watchSource(config, (observations) => box.post({ kind: 'observed', observations }), within),
      within,
    );
    if (!options.once)
      aside(
        world.watchFiles(content, () => box.post({ kind: 'files' }), within),
        within,
      );
    return stop;
  }

  /** A helper that fails ends the daemon; one that is told to stop does not. */
  function aside(work: Promise<void>, within: AbortSignal): void {
    work.catch((error: unknown) => {
      if (!within.aborted) over.abort(error);
    });
  }

  async function watchHaproxy(): Promise<void> {
    let before = last.seen;
    for (;;) {
      await clock.sleep(tick, ending);
      await world.tell({ kind: 'ticked' });
      if (before !== last.seen) before = last.seen;
      if (desk.config.haproxy.reload.kind === 'none' || last.turned === null || (await isUnchanged(before))) continue;
      const now = await inspect(desk.config.haproxy, world.env, ending);
      if (!sameHaproxy(before, now)) box.post({ kind: 'haproxy' });
      before = now;
    }
  }

  /** Reads the files again; when they cannot be used, what ran goes on. */
  async function reread(): Promise<void> {
    await world.tell({ kind: 'rereading' });
    const { hungUp } = desk;
    desk = { ...desk, reread: false, hungUp: false };
    try {
      const fresh = await world.load(ending);
      const { output } = fresh.config.haproxy;
      if (output !== loaded.config.haproxy.output && lock !== null) {
        const other = await world.lock(output);
        lock.release();
        lock = other;
        last = { ...last, state: initialState };
      }
      // What HAProxy refused is tried once more when it is asked for, or when something is another than it was.
      if (hungUp || fresh.content !== loaded.content) last = { ...last, state: withoutRefusals(last.state) };
      const knowledge = carriedOver(desk.knowledge, loaded.config, fresh.config);
      loaded = fresh;
      recheck = true;
      desk = { ...desk, config: fresh.config, configProblem: null, knowledge };
      // Asking over TCP is chosen anew from what is measured and configured now.
      last = { ...last, state: { ...last.state, tcp: false } };
      helpers.abort();
      helpers = begin();
      await world.tell({ kind: 'loaded', loaded, desk });
    } catch (error) {
      if (!(error instanceof Problem)) throw error;
      desk = { ...desk, configProblem: error };
      await world.tell({ kind: 'not-loaded', problem: error });
    }
  }

  async function turn(): Promise<void> {
    await world.tell({ kind: 'turning' });
    const { config, knowledge, spare } = desk;
    const now = clock.now();
    const shrink = (releaseAt(spare) ?? Number.POSITIVE_INFINITY) <= now;
    const known = new Map([...knowledge].flatMap(([name, { observation }]) => (observation === null ? [] : [[name, observation]])));
    const failing = new Map([...knowledge].flatMap(([name, { failing }]) => (failing === null ? [] : [[name, failing.problem]])));
    const journal = journalOf(config.haproxy.output);
    desk = { ...desk, waiting: null, until: null };
    const task = { ...loaded, known, failing, shrink, journal, recheck, dryRun: options.dryRun };
    let turned: ReconcileResult;
    try {
      turned = await reconcile(world, task, last, ending);
      recheck = false;
    } catch (error) {
      if (!(error instanceof Problem) || options.once) throw error;
      desk = { ...desk, until: clock.now() + tryAgain };
      await world.tell({ kind: 'not-turned', problem: error, desk });
      return;
    }
    const rest = turned.applied === null ? restUntil(now, clock.now()) : now;
    desk = { ...desk, rest, until: turned.until, spare: spareSlots(shrink ? new Map() : spare, turned.next.layout, clock.now()) };
    last = { turned, seen: turned.seen, state: turned.state };
    await world.tell({ kind: 'turned', turned, desk });
  }

  try {
    await world.tell({ kind: 'loaded', loaded, desk });
    if (!options.once) aside(watchHaproxy(), ending);
    for (;;) {
      for (const mail of await box.take(nextReconcileAt(desk), ending)) desk = applyEvent(desk, mail, clock.now());
      await world.tell({ kind: 'learnt', desk });
      const at = nextReconcileAt(desk);
      if (at === null || at > clock.now()) continue;
      if (desk.reread) await reread();
      else {
        await turn();
        if (options.once) return last.turned;
      }
    }
  } catch (error) {
    if (over.signal.aborted) throw over.signal.reason;
    if (!signal.aborted) throw error;
    return last.turned;
  } finally {
    over.abort();
    lock?.release();
  }
}

/** An unreachable one is an absent one of which more is known. */
function isAway({ kind }: HaproxyState): boolean {
  return kind === 'absent' || kind === 'unreachable';
}

function sameHaproxy(a: HaproxyState, b: HaproxyState): boolean {
  if (a.kind === 'running' && b.kind === 'running') return sameWorker(a.worker, b.worker);
  return isAway(a) === isAway(b) && (isAway(a) || a.kind === b.kind);
}
