import type { DesiredFile } from '../plan/desired-file.ts';
import { overflows } from '../plan/warnings.ts';
import type { Problem } from '../problem/problem.ts';
import type { LastKnownByListen } from '../source/last-known.ts';
import type { LogFields } from './log.ts';

/** Something that is wrong now. `fields` are logged with its beginning and its end. */
export interface Condition {
  /** The subject; there is one condition of a name. */
  readonly name: string;
  readonly level: 'warn' | 'error';
  readonly problem: Problem;
  /** An identity: a condition with another one is reported again, one that is only worded otherwise is not. */
  readonly identity: string;
  /** The message for when it is over. */
  readonly over: string;
  readonly fields: LogFields;
}

/** One line of the log. */
export type ConditionEvent =
  | { readonly level: 'info'; readonly text: string; readonly fields: LogFields }
  | { readonly level: 'warn' | 'error'; readonly problem: Problem; readonly fields: LogFields };

/** The conditions that were reported and are not over, by name. */
export type ReportedConditions = ReadonlyMap<string, Condition>;

/** The log lines for the conditions that began, changed or are over, so that nothing is logged at each poll. */
export function conditionChanges(
  before: ReportedConditions,
  conditions: readonly Condition[],
): { readonly reported: ReportedConditions; readonly events: readonly ConditionEvent[] } {
  const reported = new Map(conditions.map((condition) => [condition.name, condition]));
  const begun = conditions.filter(({ name, identity }) => before.get(name)?.identity !== identity);
  const over = [...before.values()].filter(({ name }) => !reported.has(name));
  return {
    reported,
    events: [
      ...over.map(({ over: text, fields }) => ({ level: 'info', text, fields }) as const),
      ...begun.map(({ level, problem, fields }) => ({ level, problem, fields })),
    ],
  };
}

/** More listens than this are counted and not named; `podfront status` names each. */
const mostNamed = 3;

/** How the source fails, one condition for each problem code: when cluster DNS is gone, a thousand listens are not a thousand lines. */
export function sourceConditions(lastKnown: LastKnownByListen): readonly Condition[] {
  const byCode = new Map<string, { readonly problem: Problem; readonly listens: string[] }>();
  for (const [listen, { failing }] of lastKnown) {
    if (failing === null) continue;
    const { problem } = failing;
    const group = byCode.get(problem.code) ?? { problem, listens: [] };
    group.listens.push(listen);
    byCode.set(problem.code, group);
  }
  return [...byCode].map(([code, { problem, listens }]) => {
    const few = listens.length <= mostNamed;
    const fields = few ? { listen: listens.join(', ') } : { listens: listens.length };
    return {
      name: `source ${code}`,
      level: 'warn',
      problem,
      identity: few ? listens.join() : 'many',
      over: 'cluster DNS answers again',
      fields,
    };
  });
}

/** What is wrong with a desired file: listens that are held back, pods without a slot, answers that grow too large. */
export function fileConditions({ allocation, transport, heldBack }: DesiredFile): readonly Condition[] {
  return [
    ...[...heldBack].map(([listen, problem]) => ({
      ...warning(`held back ${listen}`, problem, 'the listen is served as configured'),
      fields: { listen, state: 'held back' },
    })),
    ...overflows(allocation).map(({ listen, problem }) => ({
      ...warning(`overflow ${listen}`, problem, 'every pod has a slot'),
      fields: { listen },
    })),
    ...transport.warnings.map((problem) => warning(`transport ${problem.code}`, problem, 'the answers of cluster DNS fit')),
  ];
}

/** The condition of a problem that concerns no listen; none where there is no problem. */
export function conditionOf(name: string, level: Condition['level'], problem: Problem | null, over: string): readonly Condition[] {
  if (problem === null) return [];
  return [{ name, level, problem, identity: `${problem.code} ${problem.message}`, over, fields: {} }];
}

function warning(name: string, problem: Problem, over: string): Condition {
  return { name, level: 'warn', problem, identity: problem.code, over, fields: {} };
}
