import { type Network, relationOf } from '../../ip/network.ts';
import type { Problem } from '../../problem/problem.ts';
import type { KnownNetwork } from './known.ts';
import { emptySpace, type OccupiedSpace, occupyKnown } from './occupied.ts';

/** An input that could not be read, and its place. */
export interface InputFault {
  readonly where: string;
  /** Made when it is shown: a million bad lines would not fit in memory as a million errors. */
  readonly problem: () => Problem;
}

/** A declared network that was written with host bits. */
export interface HostBits {
  readonly where: string;
  readonly written: string;
  readonly network: Network;
}

/** Everything that was read. `read/` fills it, and `judge/` only looks at it. */
export interface Inventory {
  readonly cluster: readonly Network[];
  readonly occupied: OccupiedSpace;
  /** The networks that overlap a cluster network, all of interfaces, and the first few of the others for the map. */
  readonly known: KnownNetwork[];
  readonly faults: InputFault[];
  /** The first few declared networks with host bits. */
  readonly hostBits: HostBits[];
  /** The number of networks and addresses compared, and of those with host bits. */
  readonly counts: { compared: number; hostBits: number };
}

/** The number of networks kept for the map, which a full routing table would not fit on. */
const keptForTheMap = 500;
const hostBitsKept = 20;

/** An inventory with nothing in it, for a comparison with the networks of a cluster. */
export function emptyInventory(cluster: readonly Network[]): Inventory {
  return { cluster, occupied: emptySpace(cluster), known: [], faults: [], hostBits: [], counts: { compared: 0, hostBits: 0 } };
}

/** Adds a known network. Those of interfaces are always kept, because routes are judged by them. */
export function addKnown(inventory: Inventory, known: KnownNetwork): void {
  const { network } = known;
  inventory.counts.compared++;
  occupyKnown(inventory.occupied, network, known.kind === 'route' ? known : null);
  const relevant = known.kind === 'interface' || inventory.cluster.some((own) => relationOf(network, own) !== null);
  if (relevant || inventory.known.length < keptForTheMap) inventory.known.push(known);
}

/** Records that a declared network was written with host bits. */
export function addHostBits(inventory: Inventory, hostBits: HostBits): void {
  inventory.counts.hostBits++;
  if (inventory.hostBits.length < hostBitsKept) inventory.hostBits.push(hostBits);
}

/** Records an input that cannot be read. */
export function addFault(inventory: Inventory, where: string, problem: () => Problem): void {
  inventory.faults.push({ where, problem });
}
