import { visible } from '../../problem/problem.ts';
import { columnsOf, padToColumns, truncate } from '../../terminal/columns.ts';
import { usableServices } from '../judge/cluster-rules.ts';
import { type NetworkFinding, overlapOf } from '../judge/finding.ts';
import type { ClusterNetwork } from '../judge/known.ts';
import { messageOf } from './message.ts';
import { type Listed, type NetworkReport, suggestionsFor } from './report.ts';

/** More findings than anybody reads; `--json` has all. */
const shown = 50;

/** Colours, or none. */
export type Paint = (code: number, text: string) => string;

/** The report for people, without the map and the snippet. */
export function tableReport(report: NetworkReport, paint: Paint): string {
  const { cluster, checked, findings, own, ignored, faults } = report;
  const errors = findings.filter(({ severity }) => severity === 'error').length;
  const warnings = findings.length - errors;
  const lines = [
    ...columns(cluster.map((network) => [network.name, network.network.cidr, network.option, room(network)])),
    '',
    summary(checked, errors, warnings, paint),
    ...(faults.length > 0 ? [`${paint(31, 'incomplete')}: ${count(faults.length, 'input', 'inputs')} could not be read`] : []),
  ];
  if (findings.length > 0) {
    const head = ['', 'known', 'as', 'from', 'relation', 'cluster'];
    lines.push('', ...columns([head, ...findings.slice(0, shown).map(row)]).map((line) => tinted(line, paint)));
    if (findings.length > shown) lines.push(`... and ${findings.length - shown} more; --json lists all`);
    for (const finding of findings.slice(0, shown)) lines.push('', ...paragraph(report, finding, paint));
  }
  lines.push(...listed("the cluster's own", own), ...listed('ignored', ignored));
  return `${lines.map((line) => line.trimEnd()).join('\n')}\n`;
}

function room({ role, network }: ClusterNetwork): string {
  if (role === 'service') return `${usableServices(network)} addresses`;
  const perNode = network.family === 4 ? 24 : 64;
  return `${network.prefix > perNode ? 0n : 1n << BigInt(perNode - network.prefix)} nodes of a /${perNode}`;
}

function summary(checked: number, errors: number, warnings: number, paint: Paint): string {
  const against = `compared with ${count(checked, 'network or address', 'networks and addresses')}`;
  if (errors + warnings === 0) return `${paint(32, 'free')}: ${against}, nothing overlaps`;
  const found = [errors > 0 ? count(errors, 'error', 'errors') : '', warnings > 0 ? count(warnings, 'warning', 'warnings') : ''];
  return `${errors > 0 ? paint(31, 'not free') : paint(33, 'free, with warnings')}: ${against}, ${found.filter((text) => text !== '').join(' and ')}`;
}

function row({ severity, cluster, relation, other, otherName, source }: NetworkFinding): readonly string[] {
  return [severity, other.cidr, shortName(otherName), source, relation, `${cluster.name} ${cluster.network.cidr}`];
}

function paragraph(report: NetworkReport, finding: NetworkFinding, paint: Paint): readonly string[] {
  const tint = finding.severity === 'error' ? 31 : 33;
  const lines = [`${paint(tint, finding.severity)}: ${visible(messageOf(finding))}`];
  const overlap = overlapOf(finding);
  if (overlap !== null && overlap.prefix < (overlap.family === 4 ? 32 : 128)) lines.push(`  both have: ${overlap.cidr}`);
  const free = suggestionsFor(report, finding).map(({ cidr }) => cidr);
  if (free.length > 0) lines.push(`  free instead: ${free.join(', ')}`);
  else if (finding.movable) lines.push('  private space has no free network of that size');
  return lines;
}

function listed(title: string, items: readonly Listed[]): readonly string[] {
  if (items.length === 0) return [];
  const rows = items.slice(0, shown).map(({ name, network, source }) => [`  ${shortName(name)}`, network.cidr, source]);
  const more = items.length > shown ? [`  ... and ${items.length - shown} more; --json lists all`] : [];
  return ['', `${title}, not counted:`, ...columns(rows), ...more];
}

/** A column must stay a column. */
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

function tinted(line: string, paint: Paint): string {
  return line.replace(/^(error|warning)/, (word) => paint(word === 'error' ? 31 : 33, word));
}

function count(n: number, one: string, many: string): string {
  return `${n} ${n === 1 ? one : many}`;
}
