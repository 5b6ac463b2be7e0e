import { visible } from '../../problem/problem.ts';
import { columnsOf, padToColumns, truncate } from '../../terminal/columns.ts';
import type { ClusterNetwork } from '../facts/cluster.ts';
import { nodePrefix, nodesIn } from '../facts/node-networks.ts';
import { usableAddresses } from '../facts/service-addresses.ts';
import { type ExcludedNetwork, type NetworkFinding, overlapOf } from '../judge/finding.ts';
import { findingMessage } from './message.ts';
import { coveringText, type NetworkReport, suggestionsFor } from './report.ts';

/** The number of entries listed; `--json` has all. */
const maxListed = 50;

/** The number of findings of one kind up to which all are shown, else only the first few. */
const maxAlike = 5;
const shownOfAlike = 3;

/** Colours a text, or leaves it plain. */
export type Paint = (code: number, text: string) => string;

/** The report for people, without the map and the snippet. */
export function tableReport(report: NetworkReport, paint: Paint): string {
  const { cluster, findings, clusterOwned, ignored, faults } = report;
  const groups = groupsOf(findings);
  const lines = [
    ...columns(cluster.map((network) => [network.name, network.network.cidr, network.option, capacity(network)])),
    '',
    summary(report, paint),
    ...(faults.length > 0 ? [`${paint(31, 'incomplete')}: ${count(faults.length, 'input', 'inputs')} could not be read`] : []),
  ];
  if (groups.length > 0) {
    const head = ['', 'known', 'as', 'from', 'relation', 'cluster'];
    lines.push('', ...columns([head, ...groups.flatMap(groupRows)]).map((line) => coloured(line, paint)));
    for (const group of groups) for (const finding of shownOf(group)) lines.push('', ...paragraph(report, finding, group, paint));
  }
  lines.push(...excludedLines("the cluster's own", clusterOwned), ...excludedLines('ignored', ignored));
  return `${lines.map((line) => line.trimEnd()).join('\n')}\n`;
}

function capacity({ role, network }: ClusterNetwork): string {
  return role === 'service' ? `${usableAddresses(network)} addresses` : `${nodesIn(network)} nodes of a /${nodePrefix(network.family)}`;
}

function summary({ compared, findings }: NetworkReport, paint: Paint): string {
  const errors = findings.filter(({ severity }) => severity === 'error').length;
  const warnings = findings.length - errors;
  const against = `compared with ${count(compared, 'network or address', 'networks and addresses')}`;
  if (findings.length === 0) return `${paint(32, 'free')}: ${against}, nothing overlaps`;
  const found = [errors > 0 ? count(errors, 'error', 'errors') : '', warnings > 0 ? count(warnings, 'warning', 'warnings') : ''];
  return `${errors > 0 ? paint(31, 'not free') : paint(33, 'free, with warnings')}: ${against}, ${found.filter((text) => text !== '').join(' and ')}`;
}

/** Findings of the same severity, source and relation to the same cluster network, in their order. */
function groupsOf(findings: readonly NetworkFinding[]): readonly (readonly NetworkFinding[])[] {
  const groups = new Map<string, NetworkFinding[]>();
  for (const finding of findings) {
    const { severity, source, relation, cluster } = finding;
    const key = `${severity} ${source} ${relation} ${cluster.network.cidr}`;
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [finding]);
    else group.push(finding);
  }
  return [...groups.values()];
}

function shownOf(group: readonly NetworkFinding[]): readonly NetworkFinding[] {
  return group.length > maxAlike ? group.slice(0, 1) : group;
}

function groupRows(group: readonly NetworkFinding[]): readonly (readonly string[])[] {
  if (group.length <= maxAlike) return group.map(row);
  const [first] = group;
  const rest = first === undefined ? [] : row(first);
  return [
    ...group.slice(0, shownOfAlike).map(row),
    rest.map((cell, i) => (i === 1 ? `... ${group.length - shownOfAlike} more` : i === 2 ? '' : cell)),
  ];
}

function row({ severity, cluster, relation, other, otherName, source }: NetworkFinding): readonly string[] {
  return [severity, other.cidr, shortName(otherName), source, relation, `${cluster.name} ${cluster.network.cidr}`];
}

function paragraph(report: NetworkReport, finding: NetworkFinding, group: readonly NetworkFinding[], paint: Paint): readonly string[] {
  const colour = finding.severity === 'error' ? 31 : 33;
  const lines = [`${paint(colour, finding.severity)}: ${visible(findingMessage(finding))}`];
  if (group.length > maxAlike) lines.push(`  and ${group.length - 1} more like this one; --json lists them all`);
  const overlap = overlapOf(finding);
  if (overlap !== null && overlap.prefix < (overlap.family === 4 ? 32 : 128)) lines.push(`  overlap: ${overlap.cidr}`);
  const suggestions = suggestionsFor(report, finding);
  const covering = coveringText(suggestions);
  const free = suggestions.networks.map(({ cidr }) => cidr).join(', ');
  if (free !== '') lines.push(`  free instead: ${free}${covering === null ? '' : `; ${visible(covering)}`}`);
  else if (finding.movable) lines.push('  private space has no free network of that size');
  return lines;
}

function excludedLines(title: string, items: readonly ExcludedNetwork[]): readonly string[] {
  if (items.length === 0) return [];
  const rows = items.slice(0, maxListed).map(({ name, network, source }) => [`  ${shortName(name)}`, network.cidr, source]);
  const more = items.length > maxListed ? [`  ... and ${items.length - maxListed} more; --json lists them all`] : [];
  return ['', `${title}, not counted:`, ...columns(rows), ...more];
}

/** Cut, so that a long name does not widen its column. */
function shortName(name: string): string {
  return truncate(visible(name), 40, '~');
}

/** Pads each cell to its column. */
function columns(rows: readonly (readonly string[])[]): readonly string[] {
  const widths: number[] = [];
  for (const row of rows) for (const [i, cell] of row.entries()) widths[i] = Math.max(widths[i] ?? 0, columnsOf(cell));
  return rows.map((row) =>
    row
      .map((cell, i) => padToColumns(cell, widths[i] ?? 0))
      .join('  ')
      .trimEnd(),
  );
}

function coloured(line: string, paint: Paint): string {
  return line.replace(/^(error|warning)/, (word) => paint(word === 'error' ? 31 : 33, word));
}

function count(n: number, one: string, many: string): string {
  return `${n} ${n === 1 ? one : many}`;
}
