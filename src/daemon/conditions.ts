import type { DesiredFile } from '../plan/desired-file.ts';
import { type Problem, problem } from '../problem/problem.ts';
import type { LastKnownByListen } from '../source/last-known.ts';

type Facts = Readonly<Record<string, string | number>>;

/** One line of the log. */
export type ConditionEvent =
  | { readonly level: 'info'; readonly text: string; readonly facts: Facts }
  | { readonly level: 'warn' | 'error'; readonly problem: Problem; readonly facts: Facts };

/** Something that is wrong now. */
export interface Condition {
  /** What it is about; there is one matter of a name. */
  readonly name: string;
  readonly level: 'warn' | 'error';
  readonly problem: Problem;
  /** What makes it the same as before, though it may be worded otherwise. */
  readonly same: string;
  /** What to say when it is over. */
  readonly over: string;
  readonly facts: Facts;
}

/** The matters that were spoken of and are not over, by name. */
export type ReportedConditions = ReadonlyMap<string, Condition>;

/** What to say of the matters that came, changed or are over, so that nothing is said at each poll. */
export function conditionChanges(
  said: ReportedConditions,
  matters: readonly Condition[],
): { readonly said: ReportedConditions; readonly events: readonly ConditionEvent[] } {
  const now = new Map(matters.map((matter) => [matter.name, matter]));
  const came = matters.filter(({ name, same }) => said.get(name)?.same !== same);
  const over = [...said.values()].filter(({ name }) => !now.has(name));
  return {
    said: now,
    events: [
      ...over.map(({ over: text, facts }) => ({ level: 'info', text, facts }) as const),
      ...came.map(({ level, problem, facts }) => ({ level, problem, facts })),
    ],
  };
}

/** More listens than this are counted and not named; podfront status names each. */
const named = 3;

/** How cluster DNS fails, one matter a code: when it is gone, a thousand listens shall not be a thousand lines. */
export function dnsConditions(knowledge: LastKnownByListen): readonly Condition[] {
  const byCode = new Map<string, { readonly problem: Problem; readonly listens: string[] }>();
  for (const [listen, { failing }] of knowledge) {
    if (failing === null) continue;
    const { problem } = failing;
    const group = byCode.get(problem.code) ?? { problem, listens: [] };
    group.listens.push(listen);
    byCode.set(problem.code, group);
  }
  return [...byCode].map(([code, { problem, listens }]) => {
    const few = listens.length <= named;
    const facts = few ? { listen: listens.join(', ') } : { listens: listens.length };
    return { name: `dns ${code}`, level: 'warn', problem, same: few ? listens.join() : 'many', over: 'cluster DNS answers again', facts };
  });
}

/** What a file does not do as it should: listens that are left as they were, pods without a slot, answers that grow too large. */
export function heldBackConditions({ layout, transport, heldBack }: DesiredFile): readonly Condition[] {
  const overflows = layout.flatMap(({ listen, slots, pods }) => {
    if (slots === null || slots.overflow === 0) return [];
    const facts = { pods: pods.length + slots.overflow, slots: slots.count, without: slots.overflow };
    return [{ listen: listen.name, problem: problem('render.overflow', facts) }];
  });
  return [
    ...[...heldBack].map(([listen, problem]) => ({
      ...warning(`left ${listen}`, problem, 'the listen is as it should be'),
      facts: { listen, left: 'as it was, or out' },
    })),
    ...overflows.map(({ listen, problem }) => ({ ...warning(`overflow ${listen}`, problem, 'every pod has a slot'), facts: { listen } })),
    ...transport.warnings.map((problem) => warning(`transport ${problem.code}`, problem, 'the answers of cluster DNS fit')),
  ];
}

/** A problem of the whole. */
export function conditionOf(name: string, level: Condition['level'], problem: Problem | null, over: string): readonly Condition[] {
  if (problem === null) return [];
  return [{ name, level, problem, same: `${problem.code} ${problem.message}`, over, facts: {} }];
}

function warning(name: string, problem: Problem, over: string): Condition {
  return { name, level: 'warn', problem, same: problem.code, over, facts: {} };
}
