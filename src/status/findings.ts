import { problem } from '../problem/problem.ts';
import type { ListenStatus, Status, StatusProblem } from './status.ts';
import { statusProblem } from './status.ts';

/** A finding: something wrong, and its remedy. */
export interface StatusFinding {
  /** `error`: something is not served, or podfront cannot update HAProxy. `warning`: everything is served, but needs attention. */
  readonly severity: 'error' | 'warning';
  /** The kind of the finding, in a few words. */
  readonly title: string;
  /** The listen concerned; null for a finding about podfront as a whole. */
  readonly listen: string | null;
  readonly problem: StatusProblem;
}

/** The findings of a status, without duplicates: the general ones first, then those of each listen. */
export function findingsOf(status: Status): readonly StatusFinding[] {
  const { config, problem, warnings, lastReload, refused, listens, parts } = status;
  const general = [
    finding('error', 'configuration rejected; the previous one is still in use', null, config.problem),
    finding(problem?.code === 'reload.unseen' ? 'warning' : 'error', 'podfront cannot update HAProxy', null, problem),
    finding('error', 'last reload failed', null, lastReload?.outcome === 'failed' ? lastReload.problem : null),
    ...warnings.map((one) => finding('warning', warningTitle(one.code), null, one)),
    ...parts.map(({ name, problem }) => finding('error', name, null, problem)),
    ...refused.map(({ listen, problem }) => finding('error', 'refused by HAProxy, not retried', listen, problem)),
  ];
  return withoutDuplicates([...general, ...listens.flatMap(listenFindings)].filter((one) => one !== null));
}

/** The severity of a listen's worst finding, from the worst to the best; `waiting`: no answer yet. */
export type ListenSeverity = 'error' | 'warning' | 'waiting' | 'good';

/** The severity of a listen. */
export function severityOf(status: ListenStatus): ListenSeverity {
  const { state, outage, left, overflow } = status;
  if (outage !== null || left !== null || overflow > 0 || state === 'failing') return 'error';
  if (state === 'stale') return 'warning';
  return state === 'asking' ? 'waiting' : 'good';
}

function listenFindings({ listen, state, pods, slots, overflow, failing, left, outage }: ListenStatus): readonly (StatusFinding | null)[] {
  const tooMany = overflow === 0 ? null : statusProblem(problem('render.overflow', { pods, slots, without: overflow }));
  return [
    finding('error', 'no traffic', listen, outage?.problem ?? null),
    finding('error', 'more pods than slots', listen, tooMany),
    state === 'stale'
      ? finding('warning', 'no good answer from the cluster, the last one is still in use', listen, failing)
      : finding('error', 'no good answer from the cluster yet', listen, failing),
    finding('error', 'held back', listen, left),
  ];
}

function finding(
  severity: StatusFinding['severity'],
  title: string,
  listen: string | null,
  problem: StatusProblem | null,
): StatusFinding | null {
  return problem === null ? null : { severity, title, listen, problem };
}

/** The findings without those that repeat the problem of an earlier one of the same listen. */
function withoutDuplicates(findings: readonly StatusFinding[]): readonly StatusFinding[] {
  const keyOf = ({ listen, problem }: StatusFinding) => JSON.stringify([listen, problem.code, problem.message]);
  const first = new Map<string, StatusFinding>();
  for (const finding of findings) if (!first.has(keyOf(finding))) first.set(keyOf(finding), finding);
  return [...first.values()];
}

/** The findings with one cause. */
export interface FindingGroup {
  readonly severity: StatusFinding['severity'];
  readonly title: string;
  /** The remedy; where the findings have several, that of the first one. */
  readonly hint: string;
  readonly code: string;
  readonly findings: readonly StatusFinding[];
}

/** Groups findings by kind and code, errors first, so that an outage of a thousand listens is one group. */
export function groupFindings(findings: readonly StatusFinding[]): readonly FindingGroup[] {
  const groups = new Map<string, StatusFinding[]>();
  for (const finding of findings) {
    const key = JSON.stringify([finding.severity, finding.title, finding.problem.code]);
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [finding]);
    else group.push(finding);
  }
  const all = [...groups.values()].flatMap((members) => {
    const [first] = members;
    if (first === undefined) return [];
    const { severity, title, problem } = first;
    return [{ severity, title, hint: problem.hint, code: problem.code, findings: members }];
  });
  return [...all.filter(({ severity }) => severity === 'error'), ...all.filter(({ severity }) => severity === 'warning')];
}

function warningTitle(code: string): string {
  switch (code) {
    case 'dns.needs-tcp':
    case 'dns.answer-too-large':
      return 'answers of cluster DNS are becoming too large for HAProxy';
    case 'haproxy.health-unknown':
      return 'health is not known';
    case 'haproxy.warnings':
      return 'HAProxy warns of the file';
    case 'haproxy.not-following':
      return 'HAProxy does not follow cluster DNS';
    case 'watch.lost-kept':
      return 'the pods of most listens were lost at once';
    case 'watch.status-address':
      return 'the status is not served on its address';
    default:
      return 'answers of the cluster need attention';
  }
}
