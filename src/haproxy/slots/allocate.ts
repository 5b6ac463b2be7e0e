import type { Config, Listen } from '../../config/config.ts';
import { nodesOf } from '../../config/nodes.ts';
import { type Address, compareAddresses, hostPort } from '../../ip/address.ts';
import type { Endpoint, Observation, Records } from '../../source/observation.ts';
import { shrunk, slotsFor } from './size.ts';

/** A slot with the pod that is in it; slots count from 1. */
export interface SlotAssignment {
  readonly slot: number;
  readonly endpoint: Endpoint;
}

/** The part of a listen that follows pods. */
export interface PodSlots {
  /** The name HAProxy resolves for every slot. */
  readonly name: string;
  /** The pods' port; null for SRV names, which bring their own. */
  readonly port: number | null;
  readonly slots: number;
  /** Pods with their slots, by slot. */
  readonly assignments: readonly SlotAssignment[];
  /** Pods for which there is no slot. */
  readonly overflow: number;
}

/** A single server that follows the service's own address. */
export interface ServiceServer {
  readonly name: string;
  readonly port: number;
  readonly seed: Address | null;
  readonly backup: boolean;
}

export interface ListenAllocation {
  readonly listen: Listen;
  readonly records: Records;
  readonly family: 4 | 6;
  readonly pods: PodSlots | null;
  readonly service: ServiceServer | null;
  readonly nodes: readonly { readonly name: string; readonly address: Address; readonly port: number }[];
}

/** Who sits where: everything about servers that goes into HAProxy's file. */
export type Allocation = readonly ListenAllocation[];

/** What an earlier file had for a listen: its slots, and by slot the address (and port, for SRV) it was seeded with. */
export interface CurrentSlots {
  readonly slots: number;
  readonly assignments: ReadonlyMap<number, { readonly address: string; readonly port: number | null }>;
}

/** By listen name. */
export type SlotsByListen = ReadonlyMap<string, CurrentSlots>;

/**
 * Seats the observed pods: a pod keeps the slot it had, new ones take the lowest free slots, in order of address.
 *
 * @param shrink whether slots may be given back (only when a reload happens anyway, or after an hour below a quarter)
 */
export function allocate(config: Config, observations: readonly Observation[], before: SlotsByListen, shrink: boolean): Allocation {
  return observations.map((observation) => listenLayout(config, observation, before.get(observation.listen.name), shrink));
}

function listenLayout(config: Config, observation: Observation, before: CurrentSlots | undefined, shrink: boolean): ListenAllocation {
  const { listen, records, family } = observation;
  return {
    listen,
    records,
    family,
    pods: podSlots(observation, before, shrink),
    service: serviceServer(observation),
    nodes: nodes(config, listen),
  };
}

function podSlots({ listen, target, endpoints }: Observation, before: CurrentSlots | undefined, shrink: boolean): PodSlots | null {
  if (listen.target.kind !== 'pods' || target?.kind !== 'name') return null;
  const { name } = target;
  const port = typeof listen.target.port === 'number' ? listen.target.port : null;
  const kept = keptSeats(endpoints, port, before);
  const highest = Math.max(0, ...kept.keys());
  const slots = slotCount(listen.maxExpectedPods, endpoints.length, before?.slots, highest, shrink);
  const assignments = seat(endpoints, kept, slots);
  return { name, port, slots, assignments, overflow: endpoints.length - assignments.length };
}

function slotCount(size: 'auto' | number, pods: number, before: number | undefined, highest: number, shrink: boolean): number {
  if (before === undefined) return slotsFor(size, pods);
  return shrink ? shrunk(size, pods, before, highest) : slotsFor(size, pods, before);
}

/** The pods that were there before, by the slot they had. */
function keptSeats(endpoints: readonly Endpoint[], port: number | null, before: CurrentSlots | undefined): ReadonlyMap<number, Endpoint> {
  const kept = new Map<number, Endpoint>();
  if (before === undefined) return kept;
  const key = (address: string, at: number | null) => (port === null && at !== null ? hostPort(address, at) : address);
  const slotOf = new Map([...before.assignments].map(([slot, { address, port: at }]) => [key(address, at), slot]));
  for (const endpoint of endpoints) {
    const slot = slotOf.get(key(endpoint.address.text, endpoint.port));
    if (slot !== undefined && slot <= before.slots) kept.set(slot, endpoint);
  }
  return kept;
}

function seat(endpoints: readonly Endpoint[], kept: ReadonlyMap<number, Endpoint>, slots: number): readonly SlotAssignment[] {
  const assignments = [...kept].filter(([slot]) => slot <= slots).map(([slot, endpoint]) => ({ slot, endpoint }));
  const seated = new Set(assignments.map(({ endpoint }) => endpoint));
  const taken = new Set(assignments.map(({ slot }) => slot));
  let slot = 1;
  for (const endpoint of [...endpoints].sort(compareEndpoints)) {
    if (seated.has(endpoint)) continue;
    while (taken.has(slot)) slot++;
    if (slot > slots) break;
    assignments.push({ slot: slot++, endpoint });
  }
  return assignments.sort((a, b) => a.slot - b.slot);
}

function nodes(config: Config, listen: Listen): ListenAllocation['nodes'] {
  const { target } = listen;
  return target.kind === 'nodes' ? nodesOf(config, listen).map(({ name, address }) => ({ name, address, port: target.port })) : [];
}

function serviceServer({ listen, service, serviceAddresses }: Observation): ServiceServer | null {
  const seed = serviceAddresses[0] ?? null;
  if (listen.target.kind === 'service') return { name: service, port: listen.target.port, seed, backup: false };
  if (listen.fallbackServicePort === null) return null;
  return { name: service, port: listen.fallbackServicePort, seed, backup: true };
}

/** Order by address, then port. */
export function compareEndpoints(a: Endpoint, b: Endpoint): number {
  return compareAddresses(a.address, b.address) || a.port - b.port;
}
