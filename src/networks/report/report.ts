import type { ClusterNetwork } from '../facts/cluster.ts';
import type { InputFault } from '../facts/inventory.ts';
import type { KnownNetwork } from '../facts/known.ts';
import type { OccupiedSpace } from '../facts/occupied.ts';
import type { ExcludedNetwork, NetworkFinding } from '../judge/finding.ts';
import type { Suggestions } from '../suggest/suggest.ts';

/** The result of check-networks. */
export interface NetworkReport {
  readonly cluster: readonly ClusterNetwork[];
  /** The number of networks and addresses compared. */
  readonly compared: number;
  /** Without duplicates, for the map; of a long list only the first few. */
  readonly known: readonly KnownNetwork[];
  readonly occupied: OccupiedSpace;
  /** Errors first. */
  readonly findings: readonly NetworkFinding[];
  readonly clusterOwned: readonly ExcludedNetwork[];
  readonly ignored: readonly ExcludedNetwork[];
  readonly faults: readonly InputFault[];
  /** For each cluster network that has a finding which another network resolves. */
  readonly suggestions: ReadonlyMap<ClusterNetwork, Suggestions>;
  /** A free set for the installer; null when there is no error. */
  readonly snippet: string | null;
}

/** The exit status: 2 when an input could not be read, 1 when there are errors, 0 otherwise. */
export function exitStatusOf({ findings, faults }: NetworkReport): 0 | 1 | 2 {
  if (faults.length > 0) return 2;
  return findings.some(({ severity }) => severity === 'error') ? 1 : 0;
}

const none: Suggestions = { networks: [], insideRoutes: [] };

/** The networks that would resolve a finding. */
export function suggestionsFor({ suggestions }: NetworkReport, finding: NetworkFinding): Suggestions {
  return finding.movable ? (suggestions.get(finding.cluster) ?? none) : none;
}

/** A clause about the routes that suggestions lie in; null where they lie in none. */
export function coveringText({ insideRoutes }: Suggestions): string | null {
  if (insideRoutes.length === 0) return null;
  return `only ${insideRoutes.map(({ text }) => `the route ${text}`).join(' and ')} covers ${insideRoutes.length === 1 ? 'them' : 'each of them'}`;
}
