import type { Address } from '../../ip/address.ts';
import { networkOf } from '../../ip/network.ts';
import type { Intake } from '../read/inventory.ts';
import type { Listed, Report } from '../report/report.ts';
import { sortedBusy } from '../suggest/free.ts';
import { consistentSet, nixSnippet } from '../suggest/nix-snippet.ts';
import { occupyNetwork } from '../suggest/occupied.ts';
import { suggest } from '../suggest/suggest.ts';
import { type Facts, lookAtCluster } from './cluster-rules.ts';
import { withoutEchoes } from './duplicates.ts';
import { type Finding, sorted } from './finding.ts';
import type { Ignore } from './ignore.ts';
import type { ClusterNetwork, Known } from './known.ts';
import { type Graded, grade } from './severity.ts';

/** What is asked of a check besides what was taken in. */
export interface Request {
  readonly cluster: readonly ClusterNetwork[];
  readonly facts: Facts;
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
export function check(intake: Intake, request: Request): Report {
  const { cluster, facts, nodes, dns, dnsAssumed, ignore } = request;
  const graded = grade(intake.known, { networks: cluster, nodes, dns, dnsAssumed }, ignore);
  const { kept, ignored } = acceptable(lookAtCluster(cluster, facts), ignore);
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
export function knownForMap(intake: Intake): readonly Known[] {
  return withoutEchoes(intake.known);
}

/** Reserved ranges and binds can be accepted by their network; cluster networks that overlap each other, and misplaced addresses, cannot. */
function acceptable(
  findings: readonly Finding[],
  ignore: Ignore,
): { readonly kept: readonly Finding[]; readonly ignored: readonly Listed[] } {
  const accepted = findings.filter(({ source, other }) => (source === 'reserved' || source === 'bind') && ignore(other, null));
  const ignored = accepted.map(({ otherName, other, source }) => ({ name: otherName, network: other, source }));
  return { kept: findings.filter((finding) => !accepted.includes(finding)), ignored };
}

function listed({ name, network, kind }: Graded['own'][number]): Listed {
  return { name, network, source: kind };
}
