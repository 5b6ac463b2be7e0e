import type { Network } from '../../ip/network.ts';
import { relationOf } from '../../ip/network.ts';
import { privateSpaces } from '../judge/reserved.ts';
import type { Scan } from '../read/fast-cidr.ts';

/**
 * The part of what is known that lies in or around private space, the only part that suggestions need, as numbers: a
 * list may have a million lines. IPv4 takes one number, first address times 64 plus prefix, which sorts natively and puts
 * the wider of two equal starts first; IPv6 takes five words of 32 bits, the address from the highest and the prefix.
 */
export interface OccupiedRanges {
  v4: Float64Array;
  v4Count: number;
  v6: Uint32Array;
  v6Count: number;
}

/** Words an IPv6 network takes in `Busy.v6`. */
export const stride = 5;

export function noneOccupied(): OccupiedRanges {
  return { v4: new Float64Array(1024), v4Count: 0, v6: new Uint32Array(0), v6Count: 0 };
}

const spaces4 = privateSpaces.filter((space) => space.family === 4).map((space) => [Number(space.first), Number(space.last)] as const);

export function occupy(busy: OccupiedRanges, scan: Scan): void {
  if (scan.family === 4) {
    const first = scan.words[3] ?? 0;
    const last = first + 2 ** (32 - scan.prefix) - 1;
    if (spaces4.some(([low, high]) => first <= high && last >= low)) push4(busy, first * 64 + scan.prefix);
  } else if (mayBeUniqueLocal(scan)) push6(busy, scan.words, scan.prefix);
}

/** The same for a network that is not a scan. */
export function occupyNetwork(busy: OccupiedRanges, network: Network): void {
  if (!privateSpaces.some((space) => relationOf(network, space) !== null)) return;
  if (network.family === 4) push4(busy, Number(network.first) * 64 + network.prefix);
  else
    push6(
      busy,
      Uint32Array.from([96n, 64n, 32n, 0n], (shift) => Number((network.first >> shift) & 0xffff_ffffn)),
      network.prefix,
    );
}

function push4(busy: OccupiedRanges, key: number): void {
  if (busy.v4Count === busy.v4.length) {
    const wider = new Float64Array(2 * busy.v4.length);
    wider.set(busy.v4);
    busy.v4 = wider;
  }
  busy.v4[busy.v4Count++] = key;
}

function push6(busy: OccupiedRanges, words: Uint32Array, prefix: number): void {
  const at = stride * busy.v6Count++;
  if (at === busy.v6.length) {
    const wider = new Uint32Array(Math.max(64 * stride, 2 * busy.v6.length));
    wider.set(busy.v6);
    busy.v6 = wider;
  }
  busy.v6.set(words, at);
  busy.v6[at + 4] = prefix;
}

/** fd00::/8, or a wider network around it. */
function mayBeUniqueLocal({ words, prefix }: Scan): boolean {
  const bits = Math.min(prefix, 8);
  return bits === 0 || ((words[0] ?? 0) ^ 0xfd000000) >>> (32 - bits) === 0;
}
