import { problem } from '../problem/problem.ts';
import type { ListenStatus, Status, StatusProblem } from './status.ts';
import { statusProblem } from './status.ts';

/** Something that is not as it should be, and what to do about it. */
export interface StatusFinding {
  /** `error`: something is not served, or podfront cannot do its work. `warning`: it is served, and needs a look. */
  readonly severity: 'error' | 'warning';
  /** What it is, in a few words that are the same for each finding of its kind. */
  readonly what: string;
  /** The listen it is about; null for the whole. */
  readonly listen: string | null;
  readonly problem: StatusProblem;
}

/** Everything a status says that is not well: the whole first, then listen by listen; each thing once. */
export function findingsOf(status: Status): readonly StatusFinding[] {
  const { config, problem, warnings, lastReload, refused, listens } = status;
  const whole = [
    finding('error', 'configuration refused, the one before stays', null, config.problem),
    finding(problem?.code === 'reload.unseen' ? 'warning' : 'error', 'podfront cannot do its work', null, problem),
    finding('error', 'last reload failed', null, lastReload?.outcome === 'failed' ? lastReload.problem : null),
    ...warnings.map((one) => finding('warning', 'answers of cluster DNS grow too large for HAProxy', null, one)),
    ...refused.map(({ listen, problem }) => finding('error', 'refused by HAProxy, not tried again', listen, problem)),
  ];
  return withoutDuplicates([...whole, ...listens.flatMap(ofListen)].filter((one) => one !== null));
}

function ofListen({ listen, state, pods, slots, overflow, failing, left }: ListenStatus): readonly (StatusFinding | null)[] {
  const tooMany = overflow === 0 ? null : statusProblem(problem('render.overflow', { pods, slots, without: overflow }));
  return [
    finding('error', 'more pods than slots', listen, tooMany),
    state === 'stale'
      ? finding('warning', 'cluster DNS fails, the last good answer stays in use', listen, failing)
      : finding('error', 'cluster DNS fails, and gave no good answer yet', listen, failing),
    finding('error', 'left as it was, or out', listen, left),
  ];
}

function finding(
  severity: StatusFinding['severity'],
  what: string,
  listen: string | null,
  problem: StatusProblem | null,
): StatusFinding | null {
  return problem === null ? null : { severity, what, listen, problem };
}

/** The same problem of the same listen is told by the first place that has it. */
function withoutDuplicates(findings: readonly StatusFinding[]): readonly StatusFinding[] {
  const keyOf = ({ listen, problem }: StatusFinding) => JSON.stringify([listen, problem.code, problem.message]);
  const first = new Map<string, StatusFinding>();
  for (const finding of findings) if (!first.has(keyOf(finding))) first.set(keyOf(finding), finding);
  return [...first.values()];
}

/** Findings of one kind with one remedy. */
export interface FindingGroup {
  readonly severity: StatusFinding['severity'];
  readonly what: string;
  readonly hint: string;
  readonly code: string;
  readonly findings: readonly StatusFinding[];
}

/** Findings by kind and remedy, errors first, so that an outage of a thousand listens reads as one. */
export function groupFindings(findings: readonly StatusFinding[]): readonly FindingGroup[] {
  const groups = new Map<string, StatusFinding[]>();
  for (const finding of findings) {
    const key = JSON.stringify([finding.severity, finding.what, finding.problem.code, finding.problem.hint]);
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [finding]);
    else group.push(finding);
  }
  const all = [...groups.values()].flatMap((members) => {
    const [first] = members;
    if (first === undefined) return [];
    const { severity, what, problem } = first;
    return [{ severity, what, hint: problem.hint, code: problem.code, findings: members }];
  });
  return [...all.filter(({ severity }) => severity === 'error'), ...all.filter(({ severity }) => severity === 'warning')];
}
