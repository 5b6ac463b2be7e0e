import type { BackendHealth, Health } from '../haproxy/process/watch-health.ts';
import type { ListenAllocation } from '../haproxy/slots/allocate.ts';
import { type Problem, problem } from '../problem/problem.ts';
import type { LastKnown } from '../source/last-known.ts';
import type { ListenHealth } from '../status/status.ts';
import type { LoopState } from './events.ts';
import type { ReconcileResult } from './reconciliation.ts';

/** Whether traffic of a listen reaches a server, and why not. Times in milliseconds since 1970. */
export interface Traffic {
  readonly state: 'flows' | 'none' | 'unknown';
  /** Why no server takes traffic; null where one does, where that is not known, and where the listen may be empty. */
  readonly outage: { readonly since: number; readonly problem: Problem } | null;
  readonly health: ListenHealth | null;
}

/** The input of `trafficOf`. */
export interface TrafficInput {
  readonly listen: string;
  readonly mayBeEmpty: boolean;
  readonly known: LastKnown | undefined;
  readonly allocation: ListenAllocation | undefined;
  readonly haproxy: { readonly absent: boolean; readonly health: Health };
}

/**
 * The traffic of a listen.
 *
 * | HAProxy says           | the last good answer has | traffic                                  |
 * | ---------------------- | ------------------------ | ---------------------------------------- |
 * | a server is up         | any                      | flows                                    |
 * | no server is up        | pods                     | none: `haproxy.no-server-up`             |
 * | no server is up        | no pods                  | none: why there are none, as DNS shows it |
 * | it has no such listen  | pods, or nothing yet     | none; another condition says why it is held back |
 * | it has no such listen  | no pods                  | none: why there are none                 |
 * | it does not run        | any                      | none; another condition says that it does not run |
 * | nothing at all         | no pods, and no backup   | none: why there are none                 |
 * | nothing at all         | else                     | unknown                                  |
 */
export function trafficOf(input: TrafficInput): Traffic {
  const { allocation, haproxy } = input;
  const empty = emptiness(input);
  const hasBackup = allocation?.service?.backup === true;
  if (haproxy.health.kind === 'unknown') {
    if (haproxy.absent) return { state: 'none', outage: null, health: null };
    if (empty === null || hasBackup) return { state: 'unknown', outage: null, health: null };
    return { state: 'none', outage: outageUnlessAllowed(input, empty), health: null };
  }
  const { at, backends } = haproxy.health;
  const backend = backends.get(input.listen);
  if (backend === undefined) return { state: 'none', outage: empty === null ? null : outageUnlessAllowed(input, empty), health: null };
  const health = listenHealth(backend);
  if (backend.up > 0) return { state: 'flows', outage: null, health };
  if (empty !== null) return { state: 'none', outage: outageUnlessAllowed(input, empty), health };
  const since = at - 1000 * backend.changedBefore;
  return { state: 'none', outage: { since, problem: problem('haproxy.no-server-up', { servers: serversText(backend) }) }, health };
}

interface Emptiness {
  readonly since: number;
  readonly problem: Problem;
}

/** The reason why the last good answer has no endpoint, and since when; null where it has one, or where there is no good answer yet. */
function emptiness({ known }: TrafficInput): Emptiness | null {
  const observation = known?.observation ?? null;
  if (known === undefined || observation === null || known.emptySince === null) return null;
  const why = observation.warnings[0] ?? problem('dns.no-pods', { service: observation.service });
  return { since: known.emptySince, problem: why };
}

function outageUnlessAllowed({ mayBeEmpty }: TrafficInput, empty: Emptiness): Emptiness | null {
  return mayBeEmpty ? null : empty;
}

/** The servers of a listen in words: `2 down, 18 without an address (pod1: L4CON: Connection refused)`. */
function serversText({ down, draining, maintenance, unresolved, lastCheck }: BackendHealth): string {
  const counts = [
    [down, 'down'],
    [draining, 'draining'],
    [maintenance, 'in maintenance'],
    [unresolved, 'without an address'],
  ] as const;
  const shown = counts.flatMap(([count, state]) => (count === 0 ? [] : [`${count} ${state}`])).join(', ');
  return `${shown === '' ? 'it has none' : shown}${lastCheck === null ? '' : ` (${lastCheck})`}`;
}

function listenHealth({ up, backupsUp, down, draining, maintenance, sessions, errors, lastCheck }: BackendHealth): ListenHealth {
  return { up, backups: backupsUp, down, draining, maintenance, sessions, errors, lastCheck };
}

/** The traffic of every listen of the configuration, by its name. */
export function trafficByListen(
  { config, lastKnown }: Pick<LoopState, 'config' | 'lastKnown'>,
  result: Pick<ReconcileResult, 'desired' | 'inspection'> | null,
  health: Health,
): ReadonlyMap<string, Traffic> {
  const allocations = new Map(result?.desired.allocation.map((allocation) => [allocation.listen.name, allocation]));
  const haproxy = { absent: result?.inspection.state.kind === 'absent', health };
  return new Map(
    config.listens.map(({ name, mayBeEmpty }) => [
      name,
      trafficOf({ listen: name, mayBeEmpty, known: lastKnown.get(name), allocation: allocations.get(name), haproxy }),
    ]),
  );
}
