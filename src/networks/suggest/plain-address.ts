import type { Network } from '../../ip/network.ts';

/** The groups of four hexadecimal digits, without the first, which is that of private space. */
function groupsOf(value: bigint): readonly number[] {
  return Array.from({ length: 7 }, (_, i) => Number((value >> BigInt(16 * (6 - i))) & 0xffffn));
}

/**
 * Whether a person would choose such a network address: fd00:11:: beside fd00:10::, for example, and not fd00:f:ffff:ffff:…,
 * which is nearer. It has few groups that are not zero, and none of them is close to ffff. Every IPv4 address is plain.
 */
export function isPlain(family: 4 | 6, address: bigint, like: Network): boolean {
  if (family === 4) return true;
  const groups = groupsOf(address).filter((group) => group !== 0);
  const asNow = groupsOf(like.first).filter((group) => group !== 0);
  return groups.length <= Math.max(2, asNow.length + 1) && groups.every((group) => group < 0xf000 || asNow.includes(group));
}

/** Steps between candidates: the size of the network and, for IPv6, each larger one that ends with a group. */
export function stridesFor({ family, prefix }: Network): readonly bigint[] {
  const bits = (family === 4 ? 32 : 128) - prefix;
  const wider = family === 4 ? [] : [16, 32, 48, 64, 80, 96].filter((ofGroups) => ofGroups > bits);
  return [bits, ...wider].map((count) => 1n << BigInt(count));
}
