import type { Config, Listen } from '../../config/config.ts';
import { nodesOfListen } from '../../config/nodes.ts';
import { type Address, compareAddresses, hostPort } from '../../ip/address.ts';
import type { Endpoint, Observation, Records } from '../../source/observation.ts';
import { serverNames, serviceServerName } from './server-names.ts';
import { slotsAfterRelease, slotsFor } from './size.ts';

/** The target of a server: a name that HAProxy resolves, or an address. */
export type ServerTarget =
  /** A name that HAProxy's own resolver follows; it starts with `seed`, or with no address where that is null. */
  | { readonly kind: 'name'; readonly name: string; readonly port: number; readonly seed: Address | null }
  /** An address that podfront keeps current. */
  | { readonly kind: 'address'; readonly address: Address; readonly port: number };

/** A server of a listen. */
export interface Server {
  readonly name: string;
  readonly target: ServerTarget;
}

/** The server of a pod. Pods that HAProxy resolves have slots, counted from 1; others have servers of their own. */
export interface PodServer extends Server {
  readonly slot: number | null;
  /** Whether it keeps the connections it has, and gets no new ones. */
  readonly draining: boolean;
}

/** Slots of a listen whose pods HAProxy resolves: every slot follows the same name. */
export interface Slots {
  readonly name: string;
  /** The port of the pods; null for SRV names, whose records bring it. */
  readonly port: number | null;
  readonly count: number;
  /** Number of pods for which there is no slot. */
  readonly overflow: number;
}

/** The servers of one listen. */
export interface ListenAllocation {
  readonly listen: Listen;
  readonly records: Records;
  readonly family: 4 | 6;
  /** Servers of pods, in order of their slots where they have some. */
  readonly pods: readonly PodServer[];
  /** Null where the pods have no slots, and where the listen does not follow pods. */
  readonly slots: Slots | null;
  /** The server that follows the address of the Service. */
  readonly service: (Server & { readonly backup: boolean }) | null;
  readonly nodes: readonly Server[];
  readonly madeFrom: AllocationInput;
}

/** The input for the servers of one listen, beside the configuration. */
interface AllocationInput {
  readonly observation: Observation;
  readonly current: CurrentSlots | undefined;
  readonly releaseSlots: boolean;
}

/** The servers of every listen, as they are written to HAProxy's file. */
export type Allocation = readonly ListenAllocation[];

/** The servers of a listen in the current file. */
export interface CurrentSlots {
  /** Number of slots. */
  readonly count: number;
  /** The address (and port, for SRV) that each slot starts with, by slot. */
  readonly pods: ReadonlyMap<number, { readonly address: string; readonly port: number | null }>;
  /** The names of the servers without a slot, by `address:port`. */
  readonly names: ReadonlyMap<string, string>;
}

/** Current slots by the name of the listen. */
export type SlotsByListen = ReadonlyMap<string, CurrentSlots>;

/**
 * Allocates a server to each observed pod: a pod keeps its slot, and new pods take the lowest free slots in order of address.
 *
 * @param current the slots in the current file
 * @param releaseSlots whether the number of slots may become smaller (only when a reload happens anyway, or after an hour below a quarter)
 * @param previous an allocation for the same configuration, from which listens with the same input are reused
 */
export function allocateServers(
  config: Config,
  observations: readonly Observation[],
  slotsByListen: SlotsByListen,
  releaseSlots: boolean,
  previous: Allocation = [],
): Allocation {
  const earlier = new Map(previous.map((one) => [one.listen, one]));
  return observations.map((observation) => {
    const { listen, records, family } = observation;
    const current = slotsByListen.get(listen.name);
    const before = earlier.get(listen);
    const { madeFrom } = before ?? {};
    if (
      before !== undefined &&
      madeFrom?.observation === observation &&
      madeFrom.current === current &&
      madeFrom.releaseSlots === releaseSlots
    )
      return before;
    const { slots, pods } = podServers(observation, current, releaseSlots);
    return {
      ...{ listen, records, family, pods, slots },
      service: serviceServer(observation),
      nodes: nodeServers(config, listen),
      madeFrom: { observation, current, releaseSlots },
    };
  });
}

function podServers(
  { listen, resolution, endpoints, otherFamily }: Observation,
  current: CurrentSlots | undefined,
  releaseSlots: boolean,
): { readonly slots: Slots | null; readonly pods: readonly PodServer[] } {
  if (listen.destination.kind !== 'pods' || resolution === null) return { slots: null, pods: [] };
  if (resolution.kind === 'address') return { slots: null, pods: addressServers(endpoints, current?.names ?? new Map()) };
  const { name } = resolution;
  const port = typeof listen.destination.port === 'number' ? listen.destination.port : null;
  const retained = retainedSlots(endpoints, port, current);
  const highest = Math.max(0, ...retained.keys());
  const count = slotCount(listen.maxExpectedPods, endpoints.length + otherFamily, current?.count, highest, releaseSlots);
  const pods = assignSlots(endpoints, retained, count).map(({ slot, endpoint }): PodServer => {
    const target: ServerTarget = { kind: 'name', name, port: port ?? endpoint.port, seed: endpoint.address };
    return { name: `pod${slot}`, slot, target, draining: false };
  });
  return { slots: { name, port, count, overflow: Math.max(endpoints.length - pods.length, endpoints.length + otherFamily - count) }, pods };
}

/** Servers of pods whose addresses podfront keeps current: one each, in order of address. */
function addressServers(endpoints: readonly Endpoint[], current: ReadonlyMap<string, string>): readonly PodServer[] {
  const sorted = [...endpoints].sort(compareEndpoints);
  const names = serverNames(sorted, current);
  return sorted.map(({ address, port, details }, i) => ({
    name: names[i] ?? '',
    slot: null,
    target: { kind: 'address', address, port },
    draining: details?.draining ?? false,
  }));
}

function slotCount(size: 'auto' | number, pods: number, current: number | undefined, highest: number, releaseSlots: boolean): number {
  if (current === undefined) return slotsFor(size, pods);
  return releaseSlots ? slotsAfterRelease(size, pods, current, highest) : slotsFor(size, pods, current);
}

/** The pods that have a slot in the current file, by that slot. */
function retainedSlots(
  endpoints: readonly Endpoint[],
  port: number | null,
  current: CurrentSlots | undefined,
): ReadonlyMap<number, Endpoint> {
  const retained = new Map<number, Endpoint>();
  if (current === undefined) return retained;
  const key = (address: string, at: number | null) => (port === null && at !== null ? hostPort(address, at) : address);
  const slotOf = new Map([...current.pods].map(([slot, { address, port: at }]) => [key(address, at), slot]));
  for (const endpoint of endpoints) {
    const slot = slotOf.get(key(endpoint.address.text, endpoint.port));
    if (slot !== undefined && slot <= current.count) retained.set(slot, endpoint);
  }
  return retained;
}

interface SlotAssignment {
  readonly slot: number;
  readonly endpoint: Endpoint;
}

function assignSlots(endpoints: readonly Endpoint[], retained: ReadonlyMap<number, Endpoint>, count: number): readonly SlotAssignment[] {
  const assignments = [...retained].filter(([slot]) => slot <= count).map(([slot, endpoint]) => ({ slot, endpoint }));
  const assigned = new Set(assignments.map(({ endpoint }) => endpoint));
  const taken = new Set(assignments.map(({ slot }) => slot));
  let slot = 1;
  for (const endpoint of [...endpoints].sort(compareEndpoints)) {
    if (assigned.has(endpoint)) continue;
    while (taken.has(slot)) slot++;
    if (slot > count) break;
    assignments.push({ slot: slot++, endpoint });
  }
  return assignments.sort((a, b) => a.slot - b.slot);
}

function nodeServers(config: Config, listen: Listen): readonly Server[] {
  const { destination } = listen;
  if (destination.kind !== 'nodes') return [];
  const { port } = destination;
  return nodesOfListen(config, listen).map(({ name, address }) => ({ name, target: { kind: 'address', address, port } }));
}

function serviceServer({ listen, service, serviceAddresses, resolution, backup, fallback }: Observation): ListenAllocation['service'] {
  if (resolution?.kind === 'address')
    return backup === null ? null : { name: serviceServerName, target: { kind: 'address', ...backup }, backup: true };
  const seed = serviceAddresses[0] ?? null;
  const server = (name: string, port: number, backup: boolean) => ({
    name: serviceServerName,
    target: { kind: 'name', name, port, seed } as const,
    backup,
  });
  if (listen.destination.kind === 'service') return server(service, listen.destination.port, false);
  return fallback !== null && typeof listen.fallbackServicePort === 'number' ? server(fallback, listen.fallbackServicePort, true) : null;
}

/** Compares by address, then by port. */
export function compareEndpoints(a: Endpoint, b: Endpoint): number {
  return compareAddresses(a.address, b.address) || a.port - b.port;
}
