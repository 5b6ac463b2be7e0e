import type { Network } from '../../ip/network.ts';
import type { NetworkFinding } from '../judge/finding.ts';
import type { ClusterNetwork } from '../judge/known.ts';
import type { InputFault } from '../read/inventory.ts';

/** A thing that is listed and does not count. */
export interface Listed {
  readonly name: string;
  readonly network: Network;
  readonly source: string;
}

/** Everything check-networks has to say. */
export interface NetworkReport {
  readonly cluster: readonly ClusterNetwork[];
  readonly checked: number;
  /** Errors first. */
  readonly findings: readonly NetworkFinding[];
  readonly own: readonly Listed[];
  readonly ignored: readonly Listed[];
  readonly faults: readonly InputFault[];
  /** Nearest free networks of the same size, for each cluster network that has a finding it can be moved away from. */
  readonly suggestions: ReadonlyMap<ClusterNetwork, readonly Network[]>;
  /** The Nix snippet; null when there is no error. */
  readonly snippet: string | null;
}

/** 2 when something could not be read, 1 when there are errors, 0 otherwise. */
export function exitStatusOf({ findings, faults }: NetworkReport): 0 | 1 | 2 {
  if (faults.length > 0) return 2;
  return findings.some(({ severity }) => severity === 'error') ? 1 : 0;
}

/** The networks a finding can be cured with. */
export function suggestionsFor({ suggestions }: NetworkReport, finding: NetworkFinding): readonly Network[] {
  return finding.movable ? (suggestions.get(finding.cluster) ?? []) : [];
}
