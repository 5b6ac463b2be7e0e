import type { Haproxy } from '../haproxy/process/haproxy.ts';
import type { HaproxyState } from '../haproxy/process/inspect.ts';
import { Problem, problem } from '../problem/problem.ts';
import type { ReconcileResult } from './reconciliation.ts';

/** A change of the output that podfront did not make. */
export interface ForeignChange {
  /** `watch.output-removed` or `watch.output-changed`. */
  readonly problem: Problem;
  /** The reason why the file could not be put back; null where it was. */
  readonly obstacle: Problem | null;
}

/**
 * Puts the output back where someone else has removed or changed it. HAProxy still runs what was there before, so it needs no reload.
 *
 * @param left the text that podfront wrote last
 * @returns null where there was nothing to do
 */
async function repairOutput(
  haproxy: Pick<Haproxy, 'readFile' | 'apply'>,
  file: string,
  left: string,
  state: HaproxyState,
  signal: AbortSignal,
): Promise<ForeignChange | null> {
  const currentFile = await haproxy.readFile();
  if (currentFile === left) return null;
  const found = problem(currentFile === null ? 'watch.output-removed' : 'watch.output-changed', { file });
  try {
    const request = { text: left, write: true, check: true, reload: false, saveLastGood: false, expected: [] };
    const outcome = await haproxy.apply(request, state, signal);
    return { problem: found, obstacle: outcome.kind === 'refused' ? outcome.verdict.problem : null };
  } catch (error) {
    if (!(error instanceof Problem)) throw error;
    return { problem: found, obstacle: error };
  }
}

/** The guard of the output: it remembers the text that podfront wrote, and notices when someone else changes it. */
export interface OutputGuard {
  /** Whether someone else has removed or changed the output. One that cannot be read is left to the next reconciliation. */
  readonly isChanged: (haproxy: Pick<Haproxy, 'readFile'>) => Promise<boolean>;
  /** Puts the output back where someone else has removed or changed it; null where no one has. */
  readonly repair: (haproxy: Haproxy, file: string, state: HaproxyState, signal: AbortSignal) => Promise<ForeignChange | null>;
  /**
   * Runs podfront's own work on the output, whose changes are not taken for someone else's.
   * @param leftBy the text of the output after the work, given the text before; null where it must be read from the file
   */
  readonly during: <T>(haproxy: Haproxy, work: () => Promise<T>, leftBy: (result: T, before: string | null) => string | null) => Promise<T>;
  /** Forgets the text, because the output is another file from now on. */
  readonly forget: () => void;
}

/** Opens a guard that knows no text yet. */
export function openOutputGuard(): OutputGuard {
  /** Null before podfront wrote one, and while it is at work. */
  let left: string | null = null;
  return {
    async isChanged(haproxy) {
      if (left === null) return false;
      const text = await haproxy.readFile().catch(() => left);
      return left !== null && text !== left;
    },
    repair: async (haproxy, file, state, signal) => (left === null ? null : repairOutput(haproxy, file, left, state, signal)),
    async during(haproxy, work, leftBy) {
      let written = left;
      left = null;
      try {
        const result = await work();
        written = leftBy(result, written);
        return result;
      } finally {
        left = written ?? (await haproxy.readFile().catch(() => null));
      }
    },
    forget() {
      left = null;
    },
  };
}

/** The text of the output after a reconciliation, given the text before; null where it must be read from the file. */
export function textLeftBy({ outcome, plan, desired }: ReconcileResult, before: string | null): string | null {
  if (outcome === null) return before;
  const written = outcome.kind === 'refreshed' || outcome.kind === 'running' || outcome.kind === 'unverified' || outcome.kind === 'owed';
  return written && (plan.kind === 'refresh' || plan.kind === 'reload') ? desired.text : null;
}
