import { reloadDigest } from '../haproxy/file/reload-digest.ts';
import { readSlots } from '../haproxy/file/slot-lines.ts';
import type { Inspection } from '../haproxy/process/haproxy.ts';
import type { Health } from '../haproxy/process/watch-health.ts';
import type { CurrentSlots, ListenAllocation, Server } from '../haproxy/slots/allocate.ts';
import { someOf } from '../plan/describe-changes.ts';
import { listenOfKey } from '../plan/listen-key.ts';
import { descriptorProblem } from '../plan/warnings.ts';
import type { Problem } from '../problem/problem.ts';
import type { LastKnown } from '../source/last-known.ts';
import { isoTime, type ListenStatus, type Status, type StatusPart, type StatusProblem, statusProblem } from '../status/status.ts';
import { lossProblem, observationWarnings, type SharedProblem, type TrafficByListen } from './conditions.ts';
import type { LoopState } from './events.ts';
import { followingProblem } from './following.ts';
import type { ReconcileResult } from './reconciliation.ts';
import { loadBalancerPart, servicesStatus } from './services-status.ts';
import { type ApiCounts, apiStatus, sourceParts } from './source-status.ts';
import type { ReconcileState } from './state.ts';
import type { Traffic } from './traffic.ts';

/** The input of a status. */
export interface StatusInput {
  readonly version: string;
  readonly startedAt: number;
  readonly ready: boolean;
  readonly loop: LoopState;
  /** The result of the last reconciliation; null before the first. */
  readonly result: Pick<ReconcileResult, 'state' | 'inspection' | 'plan' | 'desired' | 'problem'> | null;
  /** The last change of servers at run time, in milliseconds since 1970, with a sentence for each listen; null where there was none. */
  readonly lastPatch: { readonly at: number; readonly changes: readonly string[] } | null;
  /** The reason why the last reconciliation could not begin. */
  readonly stopped: Problem | null;
  /** The reason why the status is not served on the configured address. */
  readonly addressProblem: Problem | null;
  readonly host: string;
  readonly health: Health;
  readonly traffic: TrafficByListen;
  /** The reason why the health cannot be read although there is a socket for it. */
  readonly healthProblem: Problem | null;
  readonly apiCounts: ApiCounts;
}

/** The status of the daemon at `now`, for people and programs. */
export function buildStatus(input: StatusInput, now: number): Status {
  const { version, startedAt, ready, loop, result, stopped, addressProblem, host, health, traffic, healthProblem } = input;
  const { config, configProblem, lastKnown } = loop;
  const { state = null, inspection = null, plan = null, desired = null } = result ?? {};
  const process = inspection?.state ?? null;
  const api = apiStatus(loop, input.apiCounts);
  const tooFew = descriptorProblem(desired?.allocation ?? [], inspection?.descriptorLimit ?? null);
  const [lost, behind] = [lossProblem(loop.losses), followingProblem(loop.following, now)];
  const allocations = new Map(desired?.allocation.map((allocation) => [allocation.listen.name, allocation]));
  // A listen that was not observed yet has the pods of the file that HAProxy was started with.
  const isAllKnown = desired === null || config.listens.every(({ name }) => allocations.has(name));
  const inFile = isAllKnown ? null : readSlots(desired.text);
  return {
    version,
    host,
    now: isoTime(now) ?? '',
    startedAt: isoTime(startedAt) ?? '',
    ready,
    config: { file: config.file, problem: statusProblem(configProblem) },
    output: config.haproxy.output,
    haproxy: {
      state: config.haproxy.reload.kind === 'none' ? 'unasked' : (process?.kind ?? 'unseen'),
      pid: process !== null && 'worker' in process ? process.worker.pid : null,
      current: desired !== null && inspection?.digest === reloadDigest(desired.text) && behind === null,
    },
    health: {
      known: health.kind === 'known',
      at: health.kind === 'known' ? isoTime(health.at) : null,
      why: health.kind === 'known' ? null : health.why,
    },
    parts: [...sourceParts(loop, api), ...runtimePart(inspection, state, input.lastPatch), ...loadBalancerPart(loop)],
    api,
    plan: {
      kind: plan?.kind ?? 'keep',
      reasons: plan?.reasons ?? ['podfront starts, and asks the cluster'],
      until: isoTime(loop.retryAt),
    },
    problem: statusProblem(stopped ?? result?.problem ?? (process !== null && 'problem' in process ? process.problem : null)),
    warnings: [
      ...[
        ...[addressProblem, healthProblem, lost, behind, tooFew].filter((one) => one !== null),
        ...(desired?.transport.warnings ?? []),
      ].flatMap((warning) => statusProblem(warning) ?? []),
      ...observationWarnings(lastKnown, traffic).flatMap(sharedProblem),
    ],
    lastReload: lastReload(state),
    reloads: state?.counts.reloads ?? 0,
    failedReloads: state?.counts.failed ?? 0,
    refreshes: state?.counts.refreshes ?? 0,
    patches: patchCounts(state),
    listens: config.listens.map(({ name, serviceName, namespace, binds, mayBeEmpty }) => {
      const service = `${serviceName}.${namespace}.svc.${config.cluster.domain}`;
      const names = { listen: name, service, binds: binds.map(({ text }) => text), mayBeEmpty };
      const heldBack = desired?.heldBack.get(name) ?? null;
      return {
        ...names,
        ...listenStatus(lastKnown.get(name), countsOf(allocations.get(name), inFile?.get(name)), heldBack, now),
        ...trafficStatus(traffic.get(name)),
      };
    }),
    services: servicesStatus(loop, result),
    refused: refusals(state),
  };
}

function sharedProblem({ problem, listens }: SharedProblem): readonly StatusProblem[] {
  const shown = statusProblem(problem);
  if (shown === null) return [];
  const [first = '', ...others] = listens;
  const more = others.length === 0 ? '' : ` (and ${others.length} more ${others.length === 1 ? 'listen' : 'listens'})`;
  return [{ ...shown, message: `listen ${first}: ${shown.message}${more}` }];
}

function lastReload(state: ReconcileState | null): Status['lastReload'] {
  if (state === null || state.lastReload === null) return null;
  const { at, why, outcome, problem } = state.lastReload;
  return { at: isoTime(at) ?? '', why, outcome, problem: statusProblem(problem) };
}

function patchCounts(state: ReconcileState | null): Status['patches'] {
  const { patches = { done: 0, failed: 0 }, leaving = new Map<string, ReadonlyMap<string, number>>() } = state ?? {};
  return { ...patches, leaving: [...leaving.values()].reduce((sum, { size }) => sum + size, 0) };
}

/** The part of the status about pods that are changed at run time; none where no listen has such pods. */
function runtimePart(
  inspection: Inspection | null,
  state: ReconcileState | null,
  lastPatch: StatusInput['lastPatch'],
): readonly StatusPart[] {
  const servers = inspection?.servers ?? null;
  if (servers === null || servers.listens.size === 0) return [];
  const { done, failed, leaving } = patchCounts(state);
  const last = lastPatch === null ? 'none' : `${isoTime(lastPatch.at)}: ${someOf(lastPatch.changes).join(', ')}`;
  const facts = {
    ...{ Listens: servers.listens.size, Changes: done, 'Last change': last },
    ...{ 'Failed changes': failed, 'Servers with connections left': leaving },
  };
  return [{ name: 'Pods at run time', facts, problem: statusProblem(servers.problem) }];
}

function trafficStatus(traffic: Traffic | undefined): Pick<ListenStatus, 'traffic' | 'outage' | 'health'> {
  const { state = 'unknown', outage = null, health = null } = traffic ?? {};
  const problem = statusProblem(outage?.problem ?? null);
  return {
    traffic: state,
    outage: outage === null || problem === null ? null : { since: isoTime(outage.since) ?? '', problem },
    health,
  };
}

function countsOf(
  allocation: ListenAllocation | undefined,
  inFile: CurrentSlots | undefined,
): Pick<ListenStatus, 'servers' | 'pods' | 'slots' | 'free' | 'overflow'> {
  if (allocation === undefined) {
    const [pods, slots] = [inFile?.pods.size ?? 0, inFile?.count ?? 0];
    return { servers: pods, pods, slots, free: slots - pods, overflow: 0 };
  }
  const { slots, pods, nodes, service } = allocation;
  const overflow = slots?.overflow ?? 0;
  return {
    servers: pods.length + nodes.length + (hasAddress(service) ? 1 : 0),
    pods: pods.length + overflow,
    slots: slots?.count ?? 0,
    free: slots === null ? 0 : slots.count - pods.length,
    overflow,
  };
}

function listenStatus(
  known: LastKnown | undefined,
  counts: ReturnType<typeof countsOf>,
  heldBack: Problem | null,
  now: number,
): Omit<ListenStatus, 'listen' | 'service' | 'binds' | 'mayBeEmpty' | 'traffic' | 'outage' | 'health'> {
  const observation = known?.observation ?? null;
  const failing = known?.failing ?? null;
  return {
    records: observation?.records ?? null,
    state: known === undefined ? 'asking' : failing === null ? 'fresh' : observation === null ? 'failing' : 'stale',
    since: isoTime(known?.freshAt ?? null),
    staleSeconds: failing === null ? 0 : Math.round((now - (known?.freshAt ?? failing.since)) / 1000),
    ...counts,
    outside: known?.leftOut.length ?? 0,
    failing: statusProblem(failing?.problem ?? null),
    left: statusProblem(heldBack),
  };
}

/** Whether a server has an address, or HAProxy finds one for it. */
function hasAddress(server: Server | null): boolean {
  return server !== null && (server.target.kind === 'address' || server.target.seed !== null);
}

function refusals(state: ReconcileState | null): Status['refused'] {
  if (state === null) return [];
  const listens = [...state.refusedListens].map(([key, problem]) => ({ listen: listenOfKey(key), problem }));
  const patches = [...state.refusedPatches].map(([key, problem]) => ({ listen: listenOfKey(key), problem }));
  const files = [...state.refusedFiles.values()].map((problem) => ({ listen: null, problem }));
  return [...listens, ...patches, ...files].flatMap(({ listen, problem }) => {
    const shown = statusProblem(problem);
    return shown === null ? [] : [{ listen, problem: shown }];
  });
}
