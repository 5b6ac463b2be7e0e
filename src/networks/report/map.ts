import { formatAddress } from '../../ip/address.ts';
import { type Network, networkOf, relationOf } from '../../ip/network.ts';
import type { KnownNetwork } from '../judge/known.ts';
import type { NetworkReport } from './report.ts';

/** One line of the map: a bar in the window, from and to as parts of its width. */
export interface MapRow {
  readonly kind: 'cluster' | 'error' | 'warning' | 'known' | 'free';
  readonly name: string;
  readonly cidr: string;
  readonly from: number;
  readonly to: number;
  /** It reaches beyond the window. */
  readonly wider: boolean;
}

/** A piece of address space drawn to scale, with a cluster network at its heart. */
export interface MapPanel {
  readonly title: string;
  readonly first: string;
  readonly last: string;
  /** Where the cluster network lies in the window. */
  readonly heart: { readonly from: number; readonly to: number };
  readonly rows: readonly MapRow[];
  /** How many more lie in the window. */
  readonly more: number;
}

const mostRows = 12;

/**
 * The map, nested in scale: a window around each cluster network, eight times as large as the network itself, and before
 * them, where none of the windows shows them all, one around all cluster networks of a family.
 */
export function mapOf(report: NetworkReport, known: readonly KnownNetwork[]): readonly MapPanel[] {
  const panels: MapPanel[] = [];
  for (const family of [4, 6] as const) {
    const networks = report.cluster.map(({ network }) => network).filter((network) => network.family === family);
    const [first] = networks;
    if (first === undefined) continue;
    const all = networks.reduce(around, first);
    const overview = windowOf(all);
    const apart = networks.every((network) => overview.prefix < windowOf(network).prefix - 1);
    if (apart) panels.push(panelOf(`all cluster networks, in ${overview.cidr}`, overview, all, report, known));
    for (const { name, network } of report.cluster) {
      if (network.family !== family) continue;
      const window = windowOf(network);
      panels.push(panelOf(`${name} ${network.cidr}, in ${window.cidr}`, window, network, report, known));
    }
  }
  return panels;
}

function panelOf(title: string, window: Network, heart: Network, report: NetworkReport, known: readonly KnownNetwork[]): MapPanel {
  const rows = new Map<string, MapRow>();
  const add = (kind: MapRow['kind'], name: string, network: Network) => {
    if (relationOf(network, window) === null) return;
    const key = `${name} ${network.cidr}`;
    if (!rows.has(key)) rows.set(key, { kind, name, cidr: network.cidr, ...placeIn(window, network) });
  };
  for (const { name, network } of report.cluster) add('cluster', name, network);
  for (const { severity, other, otherName, source } of report.findings)
    if (source !== 'cluster' && source !== 'config') add(severity, otherName, other);
  for (const list of [report.own, report.ignored]) for (const { name, network } of list) add('known', name, network);
  for (const [, networks] of report.suggestions) for (const network of networks.slice(0, 1)) add('free', 'free', network);
  for (const item of known) {
    if (item.kind !== 'gateway' && relationOf(item.network, window) === 'inside') add('known', item.name, item.network);
  }
  const all = [...rows.values()];
  return {
    title,
    first: formatAddress(window.family, window.first),
    last: formatAddress(window.family, window.last),
    heart: placeIn(window, heart),
    rows: all.slice(0, mostRows),
    more: Math.max(0, all.length - mostRows),
  };
}

/** Where a network lies in the window, as parts of its width; millionths are more than any screen shows. */
function placeIn(window: Network, network: Network): { readonly from: number; readonly to: number; readonly wider: boolean } {
  const size = window.last - window.first + 1n;
  const part = (value: bigint) => Math.min(1, Math.max(0, Number(((value - window.first) * 1_000_000n) / size) / 1_000_000));
  return { from: part(network.first), to: part(network.last + 1n), wider: network.first < window.first || network.last > window.last };
}

function windowOf(network: Network): Network {
  return supernet(network, Math.max(0, network.prefix - 3));
}

function supernet(network: Network, prefix: number): Network {
  return networkOf({ family: network.family, value: network.first, text: '' }, prefix);
}

/** The smallest network around both. */
function around(a: Network, b: Network): Network {
  let prefix = Math.min(a.prefix, b.prefix);
  while (supernet(a, prefix).first !== supernet(b, prefix).first) prefix--;
  return supernet(a, prefix);
}
