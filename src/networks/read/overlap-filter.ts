import type { Network } from '../../ip/network.ts';
import type { Scan } from './fast-cidr.ts';

/** Whether a scanned network overlaps one of the few the sieve was made of. */
export type OverlapFilter = (scan: Scan) => boolean;

/** Two CIDR blocks overlap exactly when they agree in the bits of the shorter prefix; a million such comparisons take milliseconds. */
export function overlapFilter(networks: readonly Network[]): OverlapFilter {
  const v4 = networks.filter((network) => network.family === 4).map(wordsOf);
  const v6 = networks.filter((network) => network.family === 6).map(wordsOf);
  return (scan) => {
    const { words, prefix } = scan;
    if (scan.family === 4) {
      for (const other of v4) if (agree(words[3] ?? 0, other.words[3] ?? 0, Math.min(prefix, other.prefix))) return true;
      return false;
    }
    for (const other of v6) {
      const shared = Math.min(prefix, other.prefix);
      let same = true;
      for (let i = 0; same && i < 4 && shared > 32 * i; i++)
        same = agree(words[i] ?? 0, other.words[i] ?? 0, Math.min(32, shared - 32 * i));
      if (same) return true;
    }
    return false;
  };
}

function agree(a: number, b: number, bits: number): boolean {
  return bits === 0 || (a ^ b) >>> (32 - bits) === 0;
}

function wordsOf({ first, prefix }: Network): { readonly words: Uint32Array; readonly prefix: number } {
  return { words: Uint32Array.from([96n, 64n, 32n, 0n], (shift) => Number((first >> shift) & 0xffff_ffffn)), prefix };
}
