import { type Address, formatAddress } from '../ip/address.ts';
import { type AddressRange, inRange } from '../ip/range.ts';
import type { Cause } from './cause.ts';
import { requestedAddresses, wantedFamilies } from './requested-addresses.ts';
import { type AllocatedAddress, type Service, serviceId } from './service.ts';
import { type ReservedBind, type TakenPorts, takenPorts } from './taken-ports.ts';

/** The input of an allocation. */
export interface AllocateInput {
  /** The Services of the class. */
  readonly services: readonly Service[];
  readonly pools: readonly AddressRange[];
  /** The binds that Services cannot have: those of podfront.yaml's own listens, of the stats page, of the status, of peers. */
  readonly reserved: readonly ReservedBind[];
  /** The addresses that each Service has already, by its uid. */
  readonly given: ReadonlyMap<string, readonly AllocatedAddress[]>;
}

/** The addresses of a Service, and the reasons why it has fewer than it asks for. */
export interface ServiceAllocation {
  readonly service: Service;
  /** In the order of the families that it wants; empty when it has none. */
  readonly addresses: readonly AllocatedAddress[];
  readonly causes: readonly Cause[];
}

/** A Service during an allocation. */
interface Claimant {
  readonly service: Service;
  readonly owner: string;
  readonly ports: readonly number[];
  readonly families: readonly (4 | 6)[];
  readonly requested: readonly Address[];
  readonly causes: Cause[];
  held: readonly AllocatedAddress[];
}

/**
 * Allocates addresses to Services, so that no two have the same TCP port of an address. A Service keeps what it has; of two that want the
 * same address and port, the older one gets it. Deterministic: the order of the input does not matter.
 */
export function allocateAddresses({ services, pools, reserved, given }: AllocateInput): readonly ServiceAllocation[] {
  const taken = takenPorts(reserved);
  const claimants = [...services].sort(byAge).map(claimantOf).filter(hasPorts);
  const givenTo = ({ service }: Claimant) => given.get(service.uid) ?? [];
  // First the ports that Services have already, and only then new ones.
  for (const claimant of claimants) keepGiven(claimant, givenTo(claimant), taken);
  for (const claimant of claimants) addPorts(claimant, givenTo(claimant), taken);
  moveToRequested(claimants, pools, taken);
  for (const claimant of claimants) addPorts(claimant, claimant.held, taken);
  const fromPools = poolSearch(pools, taken);
  for (const claimant of claimants) {
    const before = claimant.held;
    for (const family of claimant.families) giveAddress(claimant, family, pools, fromPools, taken);
    returnWhereIncomplete(claimant, before, taken);
    reportKept(claimant, pools, taken);
  }
  const found = new Map(claimants.map((claimant) => [claimant.service.uid, claimant]));
  return [...services].sort(byAge).map((service) => {
    const { held, families, causes } = found.get(service.uid) ?? claimantOf(service);
    return { service, addresses: families.flatMap((family) => held.filter(({ address }) => address.family === family)), causes };
  });
}

/** The order of Services: the oldest first, those of the same second by name. */
function byAge(a: Service, b: Service): number {
  return a.createdAt - b.createdAt || compareTexts(serviceId(a), serviceId(b)) || compareTexts(a.uid, b.uid);
}

function compareTexts(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

function claimantOf(service: Service): Claimant {
  const { addresses, causes } = requestedAddresses(service);
  const ports = service.ports.filter(({ protocol }) => protocol === 'TCP').map(({ port }) => port);
  const unsupported = service.ports.filter(({ protocol }) => protocol !== 'TCP');
  return {
    service,
    owner: `Service ${serviceId(service)}`,
    ports: [...new Set(ports)],
    families: wantedFamilies(service),
    requested: addresses,
    causes: [
      ...unsupported.map(({ protocol, port }): Cause => ({ kind: 'protocol', protocol, port })),
      ...(service.portsLeftOut > 0 ? [{ kind: 'too-many-ports', leftOut: service.portsLeftOut } as const] : []),
      ...causes,
    ],
    held: [],
  };
}

const hasPorts = ({ ports }: Claimant): boolean => ports.length > 0;

/** Lets the claimant keep the ports that it has already, except those that podfront.yaml reserves now. */
function keepGiven(claimant: Claimant, given: readonly AllocatedAddress[], taken: TakenPorts): void {
  for (const { address, ports } of given) {
    if (!claimant.families.includes(address.family) || holds(claimant, address)) continue;
    const kept = freePorts(claimant, address, taken).filter((port) => ports.includes(port));
    take(claimant, address, kept, taken);
  }
}

/** Adds the claimant's other ports on the addresses that it has, where they are free. An address without any of its ports is released. */
function addPorts(claimant: Claimant, given: readonly AllocatedAddress[], taken: TakenPorts): void {
  for (const { address } of given) {
    if (!claimant.families.includes(address.family)) continue;
    const free = freePorts(claimant, address, taken);
    if (free.length > 0) take(claimant, address, free, taken);
  }
}

/** Moves claimants to the addresses that they ask for; repeated while a move frees an address for another claimant. */
function moveToRequested(claimants: readonly Claimant[], pools: readonly AddressRange[], taken: TakenPorts): void {
  const asking = claimants.filter(({ requested, held }) => requested.length > 0 && held.length > 0);
  for (let moved = true; moved; ) {
    moved =
      asking.filter((claimant) => claimant.families.filter((family) => moveFamily(claimant, family, pools, taken)).length > 0).length > 0;
  }
}

function moveFamily(claimant: Claimant, family: 4 | 6, pools: readonly AddressRange[], taken: TakenPorts): boolean {
  const wanted = claimant.requested.filter((address) => address.family === family);
  const leaving = claimant.held.filter(({ address }) => address.family === family && !isIn(wanted, address));
  if (wanted.length === 0 || leaving.length === 0) return false;
  for (const address of wanted) {
    if (isPooled(pools, address) && !holds(claimant, address) && isFree(claimant, address, taken))
      take(claimant, address, claimant.ports, taken);
  }
  if (!claimant.held.some(({ address }) => isIn(wanted, address))) return false;
  for (const { address } of leaving) release(claimant, address, taken);
  return true;
}

/** Allocates the requested addresses of a family, or the first free one where the claimant has none yet. */
function giveAddress(
  claimant: Claimant,
  family: 4 | 6,
  pools: readonly AddressRange[],
  fromPools: (claimant: Claimant, family: 4 | 6) => Address | null,
  taken: TakenPorts,
): void {
  const wanted = claimant.requested.filter((address) => address.family === family);
  for (const address of wanted.filter((one) => !holds(claimant, one))) {
    if (!isPooled(pools, address)) claimant.causes.push({ kind: 'outside-pool', address: address.text, kept: false });
    else if (isFree(claimant, address, taken)) take(claimant, address, claimant.ports, taken);
    else claimant.causes.push(...takenCauses(claimant, address, taken));
  }
  // A Service whose request cannot be read gets no other address instead.
  if (wanted.length > 0 || claimant.causes.some(({ kind }) => kind === 'no-address' || kind === 'unwanted-family')) return;
  if (claimant.held.some(({ address }) => address.family === family)) return;
  const address = fromPools(claimant, family);
  if (address !== null) take(claimant, address, claimant.ports, taken);
  else if (!pools.some((range) => range.family === family)) claimant.causes.push({ kind: 'no-address-of-family', family });
  else claimant.causes.push({ kind: 'no-free-address', family, ports: claimant.ports });
}

/** Takes back new addresses where RequireDualStack is not met; with PreferDualStack one family is enough. */
function returnWhereIncomplete(claimant: Claimant, before: readonly AllocatedAddress[], taken: TakenPorts): void {
  const { service, families, held, causes } = claimant;
  const has = (family: 4 | 6) => held.some(({ address }) => address.family === family);
  if (service.familyPolicy === 'RequireDualStack' && !families.every(has)) {
    for (const { address } of held.filter((one) => !before.includes(one))) release(claimant, address, taken);
  }
  if (service.familyPolicy === 'PreferDualStack' && held.length > 0) {
    const needed = causes.filter(({ kind }) => kind !== 'no-free-address' && kind !== 'no-address-of-family');
    causes.splice(0, causes.length, ...needed);
  }
}

/** Adds the reasons why a Service has fewer ports than it asks for on an address that it keeps, or has an address outside the pools. */
function reportKept(claimant: Claimant, pools: readonly AddressRange[], taken: TakenPorts): void {
  for (const { address } of claimant.held) {
    claimant.causes.push(...takenCauses(claimant, address, taken));
    if (!isPooled(pools, address)) claimant.causes.push({ kind: 'outside-pool', address: address.text, kept: true });
  }
}

function takenCauses({ owner, ports }: Claimant, address: Address, taken: TakenPorts): readonly Cause[] {
  return ports.flatMap((port): readonly Cause[] => {
    const by = taken.ownerOf(address, port);
    return by === null || by === owner ? [] : [{ kind: 'port-taken', address: address.text, port, by }];
  });
}

/** A search of the pools in their order. Nothing becomes free during an allocation, so it resumes where it ended for the same ports. */
function poolSearch(pools: readonly AddressRange[], taken: TakenPorts): (claimant: Claimant, family: 4 | 6) => Address | null {
  const reached = new Map<string, { readonly range: number; readonly value: bigint }>();
  return (claimant, family) => {
    const key = `${family} ${[...claimant.ports].sort((a, b) => a - b).join(' ')}`;
    const from = reached.get(key) ?? { range: 0, value: 0n };
    for (let range = from.range; range < pools.length; range++) {
      const pool = pools[range];
      if (pool === undefined || pool.family !== family) continue;
      for (let value = range === from.range && from.value > pool.first ? from.value : pool.first; value <= pool.last; value++) {
        const address = { family, value, text: formatAddress(family, value) };
        if (!isFree(claimant, address, taken)) continue;
        reached.set(key, { range, value });
        return address;
      }
    }
    reached.set(key, { range: pools.length, value: 0n });
    return null;
  };
}

function take(claimant: Claimant, address: Address, ports: readonly number[], taken: TakenPorts): void {
  if (ports.length === 0) return;
  for (const port of ports) taken.take(address, port, claimant.owner);
  const had = claimant.held.find((one) => one.address.text === address.text);
  const all = { address, ports: claimant.ports.filter((port) => had?.ports.includes(port) || ports.includes(port)) };
  claimant.held = had === undefined ? [...claimant.held, all] : claimant.held.map((one) => (one === had ? all : one));
}

function release(claimant: Claimant, address: Address, taken: TakenPorts): void {
  for (const one of claimant.held.filter((held) => held.address.text === address.text))
    for (const port of one.ports) taken.release(address, port);
  claimant.held = claimant.held.filter((held) => held.address.text !== address.text);
}

function freePorts({ ports }: Claimant, address: Address, taken: TakenPorts): readonly number[] {
  return ports.filter((port) => taken.ownerOf(address, port) === null);
}

function isFree(claimant: Claimant, address: Address, taken: TakenPorts): boolean {
  return freePorts(claimant, address, taken).length === claimant.ports.length;
}

function holds({ held }: Claimant, address: Address): boolean {
  return held.some((one) => one.address.text === address.text);
}

function isPooled(pools: readonly AddressRange[], address: Address): boolean {
  return pools.some((range) => inRange(range, address));
}

function isIn(addresses: readonly Address[], address: Address): boolean {
  return addresses.some(({ text }) => text === address.text);
}
