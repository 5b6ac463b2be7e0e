import { reloadDigest } from '../haproxy/file/reload-digest.ts';
import type { ListenAllocation } from '../haproxy/slots/allocate.ts';
import type { DesiredFile } from '../plan/desired-file.ts';
import type { Plan } from '../plan/plan.ts';
import type { Problem } from '../problem/problem.ts';
import type { LastKnown } from '../source/last-known.ts';
import { isoTime, type ListenStatus, type Status, statusProblem } from '../status/status.ts';
import type { LoopState } from './events.ts';
import type { ReconcileState } from './state.ts';

/** What a status is made from. */
export interface StatusInput {
  readonly version: string;
  readonly startedAt: number;
  readonly ready: boolean;
  readonly desk: LoopState;
  /** The last turn; null before the first. */
  readonly turned: {
    readonly state: ReconcileState;
    readonly plan: Plan;
    readonly next: DesiredFile;
    readonly problem: Problem | null;
    readonly seen: {
      readonly kind: 'running' | 'absent' | 'unreachable' | 'unseen';
      readonly worker?: { readonly pid: number };
      readonly problem?: Problem;
    };
  } | null;
  /** Why the last turn could not even begin. */
  readonly stopped: Problem | null;
}

/** What the daemon knows, for people and programs. */
export function buildStatus({ version, startedAt, ready, desk, turned, stopped }: StatusInput, now: number): Status {
  const { config, configProblem, knowledge } = desk;
  const state = turned?.state ?? null;
  const seen = turned?.seen ?? null;
  const unasked = config.haproxy.reload.kind === 'none';
  const refused =
    state === null ? [] : [...refusedListens(state), ...[...state.refusedFiles.values()].map((problem) => ({ listen: null, problem }))];
  const layouts = new Map(turned?.next.layout.map((layout) => [layout.listen.name, layout]));
  return {
    version,
    startedAt: isoTime(startedAt) ?? '',
    ready,
    config: { file: config.file, problem: statusProblem(configProblem) },
    output: config.haproxy.output,
    haproxy: {
      state: unasked ? 'unasked' : (seen?.kind ?? 'unseen'),
      pid: seen?.worker?.pid ?? null,
      current: turned !== null && state?.runs === reloadDigest(turned.next.text),
    },
    plan: {
      kind: turned?.plan.kind ?? 'keep',
      reasons: turned?.plan.reasons ?? ['podfront starts, and asks cluster DNS'],
      until: isoTime(desk.until),
    },
    problem: statusProblem(stopped ?? turned?.problem ?? seen?.problem ?? null),
    warnings: (turned?.next.transport.warnings ?? []).map(statusProblem).filter((one) => one !== null),
    lastReload: state?.lastReload
      ? { ...state.lastReload, at: isoTime(state.lastReload.at) ?? '', problem: statusProblem(state.lastReload.problem) }
      : null,
    reloads: state?.counts.reloads ?? 0,
    failedReloads: state?.counts.failed ?? 0,
    refreshes: state?.counts.refreshes ?? 0,
    listens: config.listens.map(({ name, serviceName, namespace }) => {
      const service = `${serviceName}.${namespace}.svc.${config.cluster.domain}`;
      return listenStatus(name, service, knowledge.get(name), layouts.get(name), turned?.next.heldBack.get(name) ?? null, now);
    }),
    refused: refused.flatMap(({ listen, problem }) => {
      const one = statusProblem(problem);
      return one === null ? [] : [{ listen, problem: one }];
    }),
  };
}

function listenStatus(
  listen: string,
  service: string,
  known: LastKnown | undefined,
  layout: ListenAllocation | undefined,
  left: Problem | null,
  now: number,
): ListenStatus {
  const slots = layout?.slots ?? null;
  const observation = known?.observation ?? null;
  const failing = known?.failing ?? null;
  const pods = layout?.pods.length ?? 0;
  return {
    listen,
    service,
    records: observation?.records ?? null,
    state: known === undefined ? 'asking' : failing === null ? 'fresh' : observation === null ? 'failing' : 'stale',
    since: isoTime(known?.freshAt ?? null),
    staleSeconds: failing === null ? 0 : Math.round((now - (known?.freshAt ?? failing.since)) / 1000),
    pods: pods + (slots?.overflow ?? 0),
    slots: slots?.count ?? 0,
    free: slots === null ? 0 : slots.count - pods,
    overflow: slots?.overflow ?? 0,
    failing: statusProblem(failing?.problem ?? null),
    left: statusProblem(left),
  };
}

function refusedListens({ refusedListens: refused }: ReconcileState): readonly { listen: string | null; problem: Problem }[] {
  return [...refused].map(([key, problem]) => ({ listen: key.split(' ')[0] ?? null, problem }));
}
