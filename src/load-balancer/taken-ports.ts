import type { Bind } from '../haproxy-syntax/bind.ts';
import type { Address } from '../ip/address.ts';

/** A bind that Services cannot have, and its owner: `listen web`, `haproxy.stats`. */
export interface ReservedBind {
  readonly bind: Bind;
  readonly owner: string;
}

/** The owners of the ports of addresses. */
export interface TakenPorts {
  /** The owner of the port of the address; null where it is free. */
  readonly ownerOf: (address: Address, port: number) => string | null;
  readonly take: (address: Address, port: number, owner: string) => void;
  readonly release: (address: Address, port: number) => void;
}

/** The ports taken by reserved binds. A wildcard bind takes its port on every address of its family. */
export function takenPorts(reserved: readonly ReservedBind[]): TakenPorts {
  const owners = new Map<string, string>();
  const ranges: ReservedBind[] = [];
  for (const one of reserved) {
    const { host, firstPort, lastPort } = one.bind;
    if (firstPort !== lastPort) ranges.push(one);
    else if (host === null || host.value === 0n) owners.set(`${host?.family ?? 4} * ${firstPort}`, one.owner);
    else owners.set(keyOf(host, firstPort), one.owner);
  }
  return {
    ownerOf: (address, port) =>
      owners.get(keyOf(address, port)) ??
      owners.get(`${address.family} * ${port}`) ??
      ranges.find(({ bind }) => covers(bind, address, port))?.owner ??
      null,
    take: (address, port, owner) => owners.set(keyOf(address, port), owner),
    release: (address, port) => owners.delete(keyOf(address, port)),
  };
}

function keyOf({ family, value }: Address, port: number): string {
  return `${family} ${value} ${port}`;
}

function covers({ host, firstPort, lastPort }: Bind, address: Address, port: number): boolean {
  if (port < firstPort || port > lastPort || (host?.family ?? 4) !== address.family) return false;
  return host === null || host.value === 0n || host.value === address.value;
}
