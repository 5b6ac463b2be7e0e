import { reloadDigest } from '../haproxy/file/reload-digest.ts';
import { listenBlocks } from '../haproxy/file/sections.ts';
import { countServers } from '../haproxy/file/slot-lines.ts';
import type { ApplyOutcome, ApplyRequest } from '../haproxy/process/apply.ts';
import type { Haproxy, Inspection } from '../haproxy/process/haproxy.ts';
import { type HaproxyState, sameWorker } from '../haproxy/process/inspect.ts';
import type { PatchOutcome } from '../haproxy/process/runtime-update.ts';
import { changesBetween } from '../plan/changes.ts';
import type { DesiredFile } from '../plan/desired-file.ts';
import { listenKeyIn } from '../plan/listen-key.ts';
import type { Plan } from '../plan/plan.ts';
import { Problem } from '../problem/problem.ts';
import { allBindable, type Unbindable } from './state.ts';

/** The outcome of carrying out a plan. Under the kinds that `apply` does not have, nothing was changed. */
export type AttemptOutcome =
  | ApplyOutcome
  | PatchOutcome
  /** HAProxy is another process than the plan was made for. */
  | { readonly kind: 'replaced' }
  /** HAProxy would fail to reload. */
  | { readonly kind: 'unbindable'; readonly unbindable: Unbindable; readonly problem: Problem }
  /** Something outside of podfront prevents it, such as a full disk. */
  | { readonly kind: 'prevented'; readonly problem: Problem };

/** Carries out a plan, after a search for anything that would make a reload fail. */
export async function carryOut(
  haproxy: Haproxy,
  { inspection, desired, plan }: { readonly inspection: Inspection; readonly desired: DesiredFile; readonly plan: Plan },
  signal: AbortSignal,
): Promise<AttemptOutcome> {
  try {
    if (plan.kind === 'patch') return await haproxy.patch(plan.changes, inspection.state, signal);
    if (plan.kind !== 'reload') return await haproxy.apply(refreshRequest(inspection, desired), inspection.state, signal);
    // Another worker would make the plan wrong, and newer counts of reloads show whether this one fails.
    const state = await haproxy.findProcess({ kind: 'unseen' }, signal);
    if (inspection.state.kind === 'running' && !(state.kind === 'running' && sameWorker(state.worker, inspection.state.worker)))
      return { kind: 'replaced' };
    const unbindable = await findUnbindable(haproxy, inspection, desired, state);
    const [problem] = [...unbindable.listens.values(), unbindable.general].filter((one) => one !== null);
    if (problem !== undefined) return { kind: 'unbindable', unbindable, problem };
    return await haproxy.apply(reloadRequest(inspection, desired.text), state, signal);
  } catch (error) {
    if (!(error instanceof Problem)) throw error;
    return { kind: 'prevented', problem: error };
  }
}

/** A request to write a text without a reload. */
export function refreshRequest(
  { currentFile, digest }: Inspection,
  { text, changes }: Pick<DesiredFile, 'text' | 'changes'>,
): ApplyRequest {
  // HAProxy has accepted these lines and each pod already. Checking 1,000 listens again would take 0.2 s for each change.
  const { listens, otherSections } = changes;
  const onlyPods = !otherSections && digest === reloadDigest(text) && listens.every(({ runtime, needsReload }) => runtime && !needsReload);
  return { text, write: currentFile !== text, check: !onlyPods, reload: false, saveLastGood: false, expected: [] };
}

/** The most listens whose presence in a new worker is verified, where no listen changed and only a reload was due. */
const maxExpected = 8;

function reloadRequest({ currentFile, digest }: Inspection, text: string): ApplyRequest {
  const blocks = listenBlocks(text);
  const changed = changesBetween(currentFile, text).listens.filter(({ listen, needsReload }) => needsReload && blocks.has(listen));
  const verified = changed.length > 0 ? changed.map(({ listen }) => listen) : [...blocks.keys()].slice(0, maxExpected);
  return {
    text,
    write: currentFile !== text,
    check: true,
    reload: true,
    saveLastGood: digest === null || (currentFile !== null && digest === reloadDigest(currentFile)),
    expected: verified.map((listen) => ({ listen, servers: countServers(blocks.get(listen) ?? '') })).filter(({ servers }) => servers > 0),
  };
}

async function findUnbindable(
  haproxy: Haproxy,
  { currentFile }: Inspection,
  { text, heldBack }: DesiredFile,
  state: HaproxyState,
): Promise<Unbindable> {
  const { listens, general } = await haproxy.findUnbindable(currentFile, text, state);
  // A listen that is held back already keeps the binds of the current file, whatever those are.
  const found = [...listens].filter(([name]) => !heldBack.has(name)).map(([name, problem]) => [listenKeyIn(text, name), problem] as const);
  return found.length === 0 && general === null ? allBindable : { listens: new Map(found), general };
}
