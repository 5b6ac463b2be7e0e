import type { DesiredFile } from '../plan/desired-file.ts';
import { listenOfKey } from '../plan/listen-key.ts';
import { overflows } from '../plan/warnings.ts';
import { type Problem, problem } from '../problem/problem.ts';
import type { LastKnownByListen } from '../source/last-known.ts';
import type { Losses } from '../source/losses.ts';
import type { LogFields } from './log.ts';
import type { ReconcileResult } from './reconciliation.ts';
import type { Traffic } from './traffic.ts';

/** By listen name. */
export type TrafficByListen = ReadonlyMap<string, Traffic>;

/** Something that is wrong now. `fields` are logged when it begins and when it ends. */
export interface Condition {
  /** The subject; there is one condition of a name. */
  readonly name: string;
  readonly level: 'warn' | 'error';
  readonly problem: Problem;
  /** A condition is reported again when this changes, but not when only its wording does. */
  readonly identity: string;
  /** The message that is logged when it ends. */
  readonly over: string;
  readonly fields: LogFields;
  /** The listens concerned; empty for a condition of podfront as a whole. */
  readonly listens: readonly string[];
}

/** One line of the log. */
export type ConditionEvent =
  | { readonly level: 'info'; readonly text: string; readonly fields: LogFields }
  | { readonly level: 'warn' | 'error'; readonly problem: Problem; readonly fields: LogFields };

/** The conditions that were reported and have not ended, by name. */
export type ReportedConditions = ReadonlyMap<string, Condition>;

/**
 * The log lines for conditions that began, changed or ended, so that nothing is logged at each poll. A condition that ended because its
 * listens were removed gets no line.
 *
 * @param configured the names of all listens
 */
export function conditionChanges(
  before: ReportedConditions,
  conditions: readonly Condition[],
  configured: ReadonlySet<string>,
): { readonly reported: ReportedConditions; readonly events: readonly ConditionEvent[] } {
  const reported = new Map(conditions.map((condition) => [condition.name, condition]));
  const begun = conditions.filter(({ name, identity }) => before.get(name)?.identity !== identity);
  const over = [...before.values()].filter(
    ({ name, listens }) => !reported.has(name) && (listens.length === 0 || listens.some((listen) => configured.has(listen))),
  );
  return {
    reported,
    events: [
      ...over.flatMap((condition) => endOf(condition, conditions)),
      ...begun.map(({ level, problem, fields }) => ({ level, problem, fields })),
    ],
  };
}

/** The line for the end of a condition; none where each of its listens now has another condition of the same kind. */
function endOf({ name, over: text, fields, listens }: Condition, now: readonly Condition[]): readonly ConditionEvent[] {
  const kindOf = (of: string) => of.split(' ', 1)[0];
  const still = new Set(now.flatMap((other) => (kindOf(other.name) === kindOf(name) ? other.listens : [])));
  const free = listens.filter((listen) => !still.has(listen));
  if (listens.length > 0 && free.length === 0) return [];
  return [{ level: 'info', text, fields: free.length === listens.length ? fields : listenFields(free) }];
}

function listenFields(listens: readonly string[]): LogFields {
  return listens.length <= maxNamed ? { listens } : { listens: listens.slice(0, maxNamed), count: listens.length };
}

/** The number of listens named in a line; the others are only counted. `podfront status` names each. */
const maxNamed = 3;

/** A problem of several listens, in the words of the first of them. */
export interface SharedProblem {
  readonly problem: Problem;
  readonly listens: readonly string[];
}

/** The failures of the source, one condition for each problem code, so that an outage of a thousand listens is not a thousand lines. */
export function sourceConditions(lastKnown: LastKnownByListen): readonly Condition[] {
  const failing = [...lastKnown].map(([listen, { failing }]) => [listen, failing === null ? [] : [failing.problem]] as const);
  return byCode(failing).map((shared) => sharedCondition('source', shared, 'the cluster answers again'));
}

/** The listens whose traffic reaches no server, one condition for each problem code. */
export function trafficConditions(traffic: TrafficByListen): readonly Condition[] {
  const outages = [...traffic].map(([listen, { outage }]) => [listen, outage === null ? [] : [outage.problem]] as const);
  return byCode(outages).map((shared) => ({ ...sharedCondition('traffic', shared, 'traffic flows again'), level: 'error' }));
}

/** The warnings of the last good observations, one condition for each problem code. */
export function observationConditions(lastKnown: LastKnownByListen, traffic: TrafficByListen): readonly Condition[] {
  return observationWarnings(lastKnown, traffic).map((shared) => sharedCondition('observation', shared, 'this is no longer so'));
}

/** The warnings of the last good observations, one for each problem code, without those about an empty listen that is an outage or allowed. */
export function observationWarnings(lastKnown: LastKnownByListen, traffic: TrafficByListen): readonly SharedProblem[] {
  return byCode(
    [...lastKnown].map(([listen, { observation }]) => {
      const emptiness = observation?.state === 'empty' && (observation.listen.mayBeEmpty || traffic.get(listen)?.outage != null);
      return [listen, emptiness ? [] : (observation?.warnings ?? [])] as const;
    }),
  );
}

function byCode(problems: readonly (readonly [string, readonly Problem[]])[]): readonly SharedProblem[] {
  const groups = new Map<string, { readonly problem: Problem; readonly listens: string[] }>();
  for (const [listen, of] of problems) {
    for (const problem of of) {
      const group = groups.get(problem.code) ?? { problem, listens: [] };
      group.listens.push(listen);
      groups.set(problem.code, group);
    }
  }
  return [...groups.values()];
}

function sharedCondition(subject: string, { problem, listens }: SharedProblem, over: string): Condition {
  const identity = listens.length <= maxNamed ? listens.join() : 'many';
  return { name: `${subject} ${problem.code}`, level: 'warn', problem, identity, over, fields: listenFields(listens), listens };
}

/**
 * The conditions of a desired file: listens that are held back, pods without a slot, answers that grow too large. A listen
 * that was never observed is a condition of the source instead.
 */
export function fileConditions({ allocation, transport, heldBack }: DesiredFile): readonly Condition[] {
  const observed = new Set(allocation.map(({ listen }) => listen.name));
  const heldBackObserved = [...heldBack].filter(([listen]) => observed.has(listen));
  return [
    ...heldBackObserved.map(([listen, problem]) => ({
      ...warning(`held back ${listen}`, problem, 'the listen is served as configured'),
      fields: { listens: [listen], state: 'held back' },
      listens: [listen],
    })),
    ...overflows(allocation).map(({ listen, problem }) => ({
      ...warning(`overflow ${listen}`, problem, 'every pod has a slot'),
      fields: { listens: [listen] },
      listens: [listen],
    })),
    ...transport.warnings.map((problem) => warning(`transport ${problem.code}`, problem, 'the answers of cluster DNS fit')),
  ];
}

/** The obstacles to changing pods at run time. */
export function patchConditions({ inspection, state }: Pick<ReconcileResult, 'inspection' | 'state'>): readonly Condition[] {
  const refused = [...state.refusedPatches].map(([key, problem]) => [listenOfKey(key), [problem]] as const);
  return [
    ...problemCondition('runtime', 'warn', inspection.servers?.problem ?? null, 'servers can be changed at run time'),
    ...byCode(refused).map((shared) => sharedCondition('patch', shared, 'HAProxy is tried again')),
  ];
}

/** The condition while the last known servers are kept because the pods of most listens were lost at once. */
export function lossCondition(losses: Losses): readonly Condition[] {
  const problem = lossProblem(losses);
  if (problem === null) return [];
  return [
    {
      name: 'lost',
      level: 'error',
      problem,
      identity: 'lost',
      over: 'the listens have pods again, or lost them one by one',
      fields: {},
      listens: [],
    },
  ];
}

/** The problem to report while the last known servers are kept; null while they are not. */
export function lossProblem({ byListen, had, keptSince }: Losses): Problem | null {
  return keptSince === null ? null : problem('watch.lost-kept', { lost: byListen.size, had });
}

/** The condition while HAProxy does not follow cluster DNS. Its identity does not include the duration. */
export function followingCondition(problem: Problem | null): readonly Condition[] {
  if (problem === null) return [];
  return [
    {
      name: 'following',
      level: 'warn',
      problem,
      identity: 'following',
      over: 'HAProxy follows cluster DNS, or was reloaded',
      fields: {},
      listens: [],
    },
  ];
}

/** The condition for a problem that concerns no listen; none where there is no problem. */
export function problemCondition(name: string, level: Condition['level'], problem: Problem | null, over: string): readonly Condition[] {
  if (problem === null) return [];
  return [{ name, level, problem, identity: `${problem.code} ${problem.message}`, over, fields: {}, listens: [] }];
}

function warning(name: string, problem: Problem, over: string): Condition {
  return { name, level: 'warn', problem, identity: problem.code, over, fields: {}, listens: [] };
}
