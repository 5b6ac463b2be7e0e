import type { Network } from '../network.ts';
import { relationOf } from '../network.ts';
import { privateSpaces } from './reserved.ts';
import { networkOfScan, type Scan } from './scan.ts';

/**
 * The part of what is known that lies in or around private space, the only part that suggestions need. IPv4 is kept as
 * one number each, first address times 64 plus prefix, which sorts natively and puts the wider of two equal starts first.
 */
export interface Busy {
  v4: Float64Array;
  v4Count: number;
  readonly v6: Network[];
}

export function emptyBusy(): Busy {
  return { v4: new Float64Array(1024), v4Count: 0, v6: [] };
}

const spaces4 = privateSpaces.filter((space) => space.family === 4).map((space) => [Number(space.first), Number(space.last)] as const);

export function occupy(busy: Busy, scan: Scan): void {
  if (scan.family === 4) {
    const first = scan.words[3] ?? 0;
    const last = first + 2 ** (32 - scan.prefix) - 1;
    if (spaces4.some(([low, high]) => first <= high && last >= low)) push(busy, first * 64 + scan.prefix);
  } else if (mayBeUniqueLocal(scan)) busy.v6.push(networkOfScan(scan));
}

/** The same for a network that is not a scan. */
export function occupyNetwork(busy: Busy, network: Network): void {
  if (!privateSpaces.some((space) => relationOf(network, space) !== null)) return;
  if (network.family === 4) push(busy, Number(network.first) * 64 + network.prefix);
  else busy.v6.push(network);
}

function push(busy: Busy, key: number): void {
  if (busy.v4Count === busy.v4.length) {
    const wider = new Float64Array(2 * busy.v4.length);
    wider.set(busy.v4);
    busy.v4 = wider;
  }
  busy.v4[busy.v4Count++] = key;
}

/** fd00::/8, or a wider network around it. */
function mayBeUniqueLocal({ words, prefix }: Scan): boolean {
  const bits = Math.min(prefix, 8);
  return bits === 0 || ((words[0] ?? 0) ^ 0xfd000000) >>> (32 - bits) === 0;
}
