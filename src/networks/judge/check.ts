import type { Address } from '../../ip/address.ts';
import { networkOf } from '../../ip/network.ts';
import type { Inventory } from '../read/inventory.ts';
import type { Listed, NetworkReport } from '../report/report.ts';
import { sortedBusy } from '../suggest/free.ts';
import { consistentSet, nixSnippet } from '../suggest/nix-snippet.ts';
import { occupyNetwork } from '../suggest/occupied.ts';
import { suggest } from '../suggest/suggest.ts';
import { type ClusterFacts, checkClusterRules } from './cluster-rules.ts';
import { withoutDuplicates } from './duplicates.ts';
import { type NetworkFinding, sorted } from './finding.ts';
import type { Ignore } from './ignore.ts';
import type { ClusterNetwork, KnownNetwork } from './known.ts';
import { type SeverityDecision, severityOf } from './severity.ts';

/** What is asked of a check besides what was taken in. */
export interface Request {
  readonly cluster: readonly ClusterNetwork[];
  readonly facts: ClusterFacts;
  /** Addresses of the nodes, which tell the cluster's routes from others. */
  readonly nodes: readonly Address[];
  /** Cluster DNS for telling own name servers; `dnsAssumed` when it is only the NixOS rule. */
  readonly dns: readonly Address[];
  readonly dnsAssumed: boolean;
  readonly ignore: Ignore;
}

/** As many as a person compares. */
const suggested = 3;

/** Compares, grades and suggests: the whole of check-networks between reading and printing. */
export function compareNetworks(intake: Inventory, request: Request): NetworkReport {
  const { cluster, facts, nodes, dns, dnsAssumed, ignore } = request;
  const graded = severityOf(intake.known, { networks: cluster, nodes, dns, dnsAssumed }, ignore);
  const { kept, ignored } = acceptable(checkClusterRules(cluster, facts), ignore);
  const findings = sorted([...graded.findings, ...kept], cluster);
  const snippetNeeded = findings.some(({ severity }) => severity === 'error');
  const movable = new Set(findings.filter((finding) => finding.movable).map((finding) => finding.cluster));
  const avoid = cluster.map(({ network }) => network);
  // The binds and a cluster DNS outside, such as the master, are hosts that a suggestion must not swallow either.
  const hosts = [...facts.binds.map(({ address }) => address), ...facts.dns];
  for (const network of [...avoid, ...hosts.map((address) => networkOf(address, address.family === 4 ? 32 : 128))])
    occupyNetwork(intake.busy, network);
  // Sorting a million networks is only worth it when something is to be suggested.
  const busy = findings.length > 0 ? sortedBusy(intake.busy) : null;
  return {
    cluster,
    checked: intake.counts.checked,
    findings,
    own: graded.own.map(listed),
    ignored: [...graded.ignored.map(listed), ...ignored],
    faults: intake.faults,
    suggestions: new Map(busy === null ? [] : [...movable].map((item) => [item, suggest(busy, item.network, suggested)])),
    snippet: busy !== null && snippetNeeded ? nixSnippet(consistentSet(cluster, findings, busy, facts)) : null,
  };
}

/** What the map shows besides findings: the known things, each once. */
export function knownForMap(intake: Inventory): readonly KnownNetwork[] {
  return withoutDuplicates(intake.known);
}

/** Reserved ranges and binds can be accepted by their network; cluster networks that overlap each other, and misplaced addresses, cannot. */
function acceptable(
  findings: readonly NetworkFinding[],
  ignore: Ignore,
): { readonly kept: readonly NetworkFinding[]; readonly ignored: readonly Listed[] } {
  const accepted = findings.filter(({ source, other }) => (source === 'reserved' || source === 'bind') && ignore(other, null));
  const ignored = accepted.map(({ otherName, other, source }) => ({ name: otherName, network: other, source }));
  return { kept: findings.filter((finding) => !accepted.includes(finding)), ignored };
}

function listed({ name, network, kind }: SeverityDecision['own'][number]): Listed {
  return { name, network, source: kind };
}
