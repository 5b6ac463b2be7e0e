import type { Config } from '../config/config.ts';
import { reloadDigest } from '../haproxy/file/reload-digest.ts';
import type { renderer } from '../haproxy/file/render.ts';
import { listenBlocks } from '../haproxy/file/sections.ts';
import { countServers } from '../haproxy/file/slot-lines.ts';
import { type ApplyOutcome, type ApplyRequest, apply } from '../haproxy/process/apply.ts';
import { findUnbindable } from '../haproxy/process/find-unbindable.ts';
import { type Env, type HaproxyState, inspect, sameWorker } from '../haproxy/process/inspect.ts';
import type { Journal } from '../haproxy/process/journal.ts';
import type { SendSignal } from '../haproxy/process/request-reload.ts';
import { findRunningConfig } from '../haproxy/process/running-config.ts';
import type { Version } from '../haproxy-syntax/version.ts';
import { blamedListens } from '../plan/blame.ts';
import {
  changedListens,
  type DesiredFile,
  type DesiredFileInput,
  desiredFile,
  keyIn,
  previousFileOf,
  suspectedListens,
} from '../plan/desired-file.ts';
import { type Plan, type PlanInput, plan } from '../plan/plan.ts';
import { Problem } from '../problem/problem.ts';
import type { Observation } from '../source/observation.ts';
import type { Clock } from '../system/clock.ts';
import type { HaproxyTimeouts } from '../system/process.ts';
import { readOutput } from '../system/read-file.ts';
import { problemOf, recordOutcome, retryAt } from './record-outcome.ts';
import type { ReconcileState } from './state.ts';
import { checkOtherFiles, refreshWhileHeld, retryAfter } from './while-held.ts';

/** What a turn needs of the world. */
export interface World {
  readonly env: Env;
  readonly clock: Clock;
  readonly kill: SendSignal;
  readonly limits: HaproxyTimeouts;
}

/** What a turn is about: everything that was learnt, at this moment. */
export interface ReconcileInput {
  readonly config: Config;
  readonly render: ReturnType<typeof renderer>;
  readonly version: Version;
  readonly known: ReadonlyMap<string, Observation>;
  readonly failing: ReadonlyMap<string, Problem>;
  readonly shrink: boolean;
  readonly journal: Journal;
  /** Whether files were read again: those that HAProxy loads beside ours may be others. */
  readonly recheck: boolean;
  /** Decide and report, touch nothing. */
  readonly dryRun: boolean;
}

/** What a turn came to. */
export interface ReconcileResult {
  readonly state: ReconcileState;
  readonly seen: HaproxyState;
  readonly plan: Plan;
  readonly next: DesiredFile;
  /** Null where nothing was to be done. */
  readonly applied: ApplyOutcome | null;
  /** Why nothing could be done, or why what was done came to nothing. */
  readonly problem: Problem | null;
  /** When to take the next turn though nothing changes; null: not before something does. */
  readonly until: number | null;
}

const mostAttempts = 6;

/**
 * One turn of the road: see what HAProxy runs, make the file that should be, decide, and do it. A listen that HAProxy refuses
 * is left as it was, and the others go on in the same turn.
 */
export async function reconcile(
  world: World,
  task: ReconcileInput,
  before: { seen: HaproxyState; state: ReconcileState },
  signal: AbortSignal,
): Promise<ReconcileResult> {
  const { config, journal } = task;
  const disk = await readOutput(config.haproxy.output);
  let running = await findRunningConfig(config.haproxy, journal, disk, { state: before.seen, digest: before.state.runs }, world, signal);
  let { state: seen, digest: runs } = running;
  let state: ReconcileState = { ...before.state, runs };
  let unfit: ReadonlyMap<string, Problem> = new Map();

  for (let attempt = 1; ; attempt++) {
    const refused = new Map([...state.refusedListens, ...unfit]);
    const input: DesiredFileInput = { ...task, disk, runs, tcp: state.tcp, refused, made: state.made };
    const next = desiredFile(input);
    const now = world.clock.now();
    const standing: PlanInput = {
      ...state,
      ...task.config,
      disk,
      next: next.text,
      haproxy: presence(config, seen),
      obstacle: obstacleIn(seen),
      refused: state.refusedFiles,
      now,
    };
    const decided = plan(standing);
    // They are looked at again when the reload is due; meanwhile they are what they were.
    if (decided.kind === 'keep' && decided.until !== null && unfit.size === 0 && before.state.unfitListens.size > 0) {
      unfit = before.state.unfitListens;
      continue;
    }
    state = { ...state, plan: decided, unfitListens: unfit };
    const turned = { state, seen, plan: decided, next, applied: null, problem: null };
    const again = unfit.size > 0 ? now + retryAfter : null;
    const hold = async (plan: Plan & { readonly kind: 'hold' }, until: number | null) => {
      const held = { ...turned, plan, state: { ...state, plan }, problem: plan.problem, until };
      return { ...held, ...(await refreshWhileHeld(world, task, standing, held, signal)) };
    };
    if (decided.kind === 'hold') return hold(decided, again);
    if (decided.kind === 'keep') {
      const refusal = disk === next.text ? await checkOtherFiles(world, task, next.text, signal) : null;
      if (refusal === null) return { ...turned, until: decided.until ?? again };
      const plan: Plan = { kind: 'hold', reasons: ['HAProxy refuses what it loads beside our file'], problem: refusal };
      state = { ...state, refusedFiles: new Map([...state.refusedFiles, [reloadDigest(next.text), refusal]]) };
      return hold(plan, again);
    }
    if (task.dryRun) return { ...turned, until: null };

    try {
      if (decided.kind === 'reload' && seen.kind === 'running') {
        // Better known before its file is touched; and what is seen now is what the outcome is held against.
        const still = await inspect(config.haproxy, world.env, signal);
        if (still.kind === 'running' && sameWorker(still.worker, seen.worker)) seen = still;
        else if (attempt < mostAttempts) {
          running = await findRunningConfig(config.haproxy, journal, disk, { state: nowhere, digest: null }, world, signal);
          ({ state: seen, digest: runs } = running);
          state = { ...state, runs };
          continue;
        }
      }
      if (decided.kind === 'reload') {
        const found = await findUnbindable(config, disk, next.text);
        const fresh = [...found.listens].filter(([name]) => !next.heldBack.has(name));
        if (fresh.length > 0 && attempt < mostAttempts) {
          unfit = new Map([...unfit, ...fresh.map(([name, problem]) => [keyIn(next, name), problem] as const)]);
          continue;
        }
        if (found.general !== null)
          return hold({ kind: 'hold', reasons: ['HAProxy would fail to reload'], problem: found.general }, now + retryAfter);
      }
      const applied = await apply({ config, journal, ...world }, changeFor(decided, disk, next, runs), seen, signal);
      const named = blamedListens(applied, next, config);
      const culprits = applied.kind === 'failed' && named.length === 0 ? suspectedListens(disk, next.text, config) : named;
      state = { ...recordOutcome(state, decided, next, applied, culprits, world.clock.now()), made: previousFileOf(input, next) };
      if (applied.kind === 'refused' && culprits.length > 0 && attempt < mostAttempts) continue;
      return { ...turned, state, applied, problem: problemOf(applied), until: retryAt(applied, world.clock.now(), again) };
    } catch (error) {
      if (!(error instanceof Problem)) throw error;
      return { ...turned, problem: error, until: world.clock.now() + retryAfter };
    }
  }
}

function presence({ haproxy }: Config, seen: HaproxyState): PlanInput['haproxy'] {
  return haproxy.reload.kind === 'none' ? 'unasked' : seen.kind;
}

function obstacleIn(seen: HaproxyState): Problem | null {
  return seen.kind === 'unreachable' ? seen.problem : null;
}

const nowhere: HaproxyState = { kind: 'unseen' };

/** What a worker that read the new file is asked for: the listens that changed, or a few of them all where only a reload was owed. */
const mostAsked = 8;

function changeFor(decided: Plan, disk: string | null, next: DesiredFile, runs: string | null): ApplyRequest {
  const reload = decided.kind === 'reload';
  const changed = reload ? [...changedListens(disk, next.text)] : [];
  const asked = !reload ? [] : (changed.length > 0 ? changed : [...listenBlocks(next.text)]).slice(0, mostAsked);
  return {
    text: next.text,
    write: disk !== next.text,
    reload,
    keepLastGood: runs === null || (disk !== null && runs === reloadDigest(disk)),
    expected: asked.map(([listen, block]) => ({ listen, servers: countServers(block) })).filter(({ servers }) => servers > 0),
  };
}
