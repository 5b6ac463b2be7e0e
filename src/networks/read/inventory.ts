import type { Network } from '../../ip/network.ts';
import type { Problem } from '../../problem/problem.ts';
import type { KnownNetwork } from '../judge/known.ts';
import { noneOccupied, type OccupiedRanges, occupy } from '../suggest/occupied.ts';
import { networkOfScan, type Scan } from './fast-cidr.ts';
import { type OverlapFilter, overlapFilter } from './overlap-filter.ts';

/** An input that could not be read, and where it stands. */
export interface InputFault {
  readonly where: string;
  /** Made when it is shown: a list of a million bad lines would not fit memory as a million errors. */
  readonly problem: () => Problem;
}

/** Everything that is read ends here. It is filled while reading, then only looked at. */
export interface Inventory {
  readonly sieve: OverlapFilter;
  /** Every network read, as numbers: what suggestions must avoid. */
  readonly busy: OccupiedRanges;
  /** Those that overlap a cluster network, and the first few of the others for the map. */
  readonly known: KnownNetwork[];
  readonly faults: InputFault[];
  /** Declared networks with host bits, the first few of them. */
  readonly folded: { readonly where: string; readonly written: string; readonly network: Network }[];
  /** How many networks and addresses were compared, and how many had host bits. */
  readonly counts: { checked: number; folded: number };
}

/** A full routing table would not fit a map; what conflicts is always kept. */
const keptForTheMap = 500;
const foldedShown = 20;

export function emptyInventory(cluster: readonly Network[]): Inventory {
  return { sieve: overlapFilter(cluster), busy: noneOccupied(), known: [], faults: [], folded: [], counts: { checked: 0, folded: 0 } };
}

/** Takes in a scanned network; `make` is called only when its details are kept, as those of interfaces always are: routes are judged by them. */
export function admit(intake: Inventory, scan: Scan, make: (network: Network) => KnownNetwork, always = false): void {
  intake.counts.checked++;
  occupy(intake.busy, scan);
  if (always || intake.known.length < keptForTheMap || intake.sieve(scan)) intake.known.push(make(networkOfScan(scan)));
}

/** Notes that a declared network was written with host bits. */
export function noteFolded(intake: Inventory, where: string, written: string, scan: Scan): void {
  intake.counts.folded++;
  if (intake.folded.length < foldedShown) intake.folded.push({ where, written, network: networkOfScan(scan) });
}

export function fault(intake: Inventory, where: string, problem: () => Problem): void {
  intake.faults.push({ where, problem });
}
