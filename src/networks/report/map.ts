import { formatAddress } from '../../ip/address.ts';
import { isWithin, type Network, networkOf, relationOf } from '../../ip/network.ts';
import { mergedRanges } from '../facts/occupied.ts';
import { privateSpaces } from '../facts/reserved.ts';
import type { NetworkReport } from './report.ts';

/** A part of a panel's width, from 0 to 1. */
export interface MapSpan {
  readonly from: number;
  readonly to: number;
}

/** A bar of the map. */
export interface MapBar extends MapSpan {
  readonly kind: 'cluster' | 'error' | 'warning' | 'known' | 'free';
}

/** A bar with a line of its own. */
export interface MapRow extends MapBar {
  readonly name: string;
  readonly cidr: string;
  /** It reaches beyond the panel. */
  readonly wider: boolean;
}

/** A piece of address space drawn to scale. */
export interface MapPanel {
  readonly title: string;
  readonly first: string;
  readonly last: string;
  /** Everything that was compared, on one line, the later bars above the earlier ones; empty in a detail panel. */
  readonly all: readonly MapBar[];
  /** The cluster network that a detail panel is about. */
  readonly focus: MapSpan | null;
  readonly rows: readonly MapRow[];
  /** The number of networks without a row. */
  readonly more: number;
}

const maxRows = 12;

/** The number of steps in a line, more than any screen shows. */
const resolution = 2_000n;

/**
 * The map: private space as a whole, with everything that was compared in it, then the surroundings of each cluster network,
 * eight times as large as the network itself.
 */
export function addressMap(report: NetworkReport): readonly MapPanel[] {
  const entries = entriesOf(report);
  const spaces = privateSpaces.filter(({ family }) => entries.some(({ network }) => network.family === family && isPrivate(network)));
  return [
    ...spaces.map((space) => overview(space, report, entries)),
    ...report.cluster.map(({ name, network }) => {
      const window = supernet(network, Math.max(0, network.prefix - 3));
      const near = entries.filter((entry) => entry.kind !== 'known' || isWithin(entry.network, window));
      return panel(`${name} ${network.cidr}, in ${window.cidr}`, window, near, placeIn(window, network), []);
    }),
  ];
}

function isPrivate(network: Network): boolean {
  return privateSpaces.some((space) => relationOf(network, space) !== null);
}

interface Entry {
  readonly kind: MapBar['kind'];
  readonly name: string;
  readonly network: Network;
}

/** The networks to draw, each once, the most important first. */
function entriesOf({ cluster, findings, clusterOwned, ignored, suggestions, known }: NetworkReport): readonly Entry[] {
  const entries = new Map<string, Entry>();
  const add = (kind: Entry['kind'], name: string, network: Network) => {
    const key = `${name} ${network.cidr}`;
    if (!entries.has(key)) entries.set(key, { kind, name, network });
  };
  for (const { name, network } of cluster) add('cluster', name, network);
  for (const { severity, other, otherName, source, subject } of findings) {
    const isCluster = source === 'cluster' || (source === 'config' && typeof subject === 'string');
    if (!isCluster) add(severity, otherName, other);
  }
  for (const { name, network } of [...clusterOwned, ...ignored]) add('known', name, network);
  for (const { networks } of suggestions.values()) for (const network of networks.slice(0, 1)) add('free', 'free', network);
  for (const { kind, name, network } of known) if (kind !== 'gateway') add('known', name, network);
  return [...entries.values()];
}

/** The order in which bars of the same size are drawn above each other. */
const layers: readonly MapBar['kind'][] = ['known', 'warning', 'free', 'cluster', 'error'];

function overview(space: Network, report: NetworkReport, entries: readonly Entry[]): MapPanel {
  const inside = entries.filter(({ network }) => relationOf(network, space) !== null);
  const layered = [...inside].sort((a, b) => a.network.prefix - b.network.prefix || layers.indexOf(a.kind) - layers.indexOf(b.kind));
  const all = [...occupiedBars(space, report), ...layered.map(({ kind, network }) => ({ kind, ...placeIn(space, network) }))];
  return panel(`private space ${space.cidr}`, space, inside, null, all);
}

/** Bars for what the entries leave out of a long list: the occupied parts of the space, joined where no screen would show the gap. */
function occupiedBars(space: Network, { occupied }: NetworkReport): readonly MapBar[] {
  const unit = (space.last - space.first + 1n) / resolution;
  const rounded = mergedRanges(occupied.ranges[space.family].filter(({ first, last }) => first <= space.last && last >= space.first)).map(
    ({ first, last }) => ({ first: first - (first % unit), last: last - (last % unit) + unit - 1n }),
  );
  return mergedRanges(rounded).map((range) => ({ kind: 'known', from: part(space, range.first), to: part(space, range.last + 1n) }));
}

function panel(title: string, window: Network, entries: readonly Entry[], focus: MapSpan | null, all: readonly MapBar[]): MapPanel {
  const visible = entries.filter(({ network }) => relationOf(network, window) !== null);
  return {
    title,
    first: formatAddress(window.family, window.first),
    last: formatAddress(window.family, window.last),
    all,
    focus,
    rows: visible.slice(0, maxRows).map(({ kind, name, network }) => ({
      kind,
      name,
      cidr: network.cidr,
      ...placeIn(window, network),
      wider: network.first < window.first || network.last > window.last,
    })),
    more: Math.max(0, visible.length - maxRows),
  };
}

function placeIn(window: Network, network: Network): MapSpan {
  return { from: part(window, network.first), to: part(window, network.last + 1n) };
}

/** The place of an address in the window, to a millionth, which is less than any screen shows. */
function part({ first, last }: Network, address: bigint): number {
  return Math.min(1, Math.max(0, Number(((address - first) * 1_000_000n) / (last - first + 1n)) / 1_000_000));
}

function supernet(network: Network, prefix: number): Network {
  return networkOf({ family: network.family, value: network.first, text: '' }, prefix);
}
