import { compareAddresses } from '../../ip/address.ts';
import type { Endpoint } from '../observation.ts';
import type { SliceEndpoint, SliceObject } from './objects.ts';

/** The endpoints of a Service for one port, merged from its slices. */
export interface MergedSlices {
  /** Sorted by address, then port; of one family; without duplicates. */
  readonly endpoints: readonly Endpoint[];
  /** Likewise the endpoints that are neither ready nor terminating, where no endpoint is used. */
  readonly unready: readonly Endpoint[];
  /** The number of endpoints beyond `maxServers`, which are not used. */
  readonly overflow: number;
}

/** The most servers of a listen, as many as `maxExpectedPods` allows slots. */
export const maxServers = 10_000;

const rank = { ready: 3, draining: 2, unready: 1, down: 0 } as const;

interface PortEndpoint extends SliceEndpoint {
  readonly port: number;
}

/**
 * Merges the slices of a Service.
 *
 * | endpoint                        | while others are ready | while none is ready |
 * |---------------------------------|------------------------|---------------------|
 * | ready                           | used                   |                     |
 * | terminating, and still serving  | drained                | used                |
 * | neither                         | not used               | not used (but see losses.ts) |
 *
 * While slices are rearranged, the same endpoint may be in two of them (KEP-752): it counts once, in its best state. Only one family is
 * used, because a pod has an address of each: IPv4 where it has endpoints.
 *
 * @param port the pods' port, or the name of one in the slices, which may differ from pod to pod
 */
export function mergeSlices(slices: readonly SliceObject[], port: number | { readonly name: string }): MergedSlices {
  const best = new Map<string, PortEndpoint>();
  let omitted = 0;
  for (const slice of slices) {
    const number = typeof port === 'number' ? port : slice.ports.get(port.name);
    if (number === undefined) continue;
    omitted += slice.omitted;
    for (const endpoint of slice.endpoints) {
      if (endpoint.state === 'down') continue;
      const key = `${endpoint.address.text} ${number}`;
      const known = best.get(key);
      if (known === undefined || rank[endpoint.state] > rank[known.state]) best.set(key, { ...endpoint, port: number });
    }
  }
  const known = [...best.values()];
  const usable = known.filter(({ state }) => state !== 'unready');
  const all = usable.length > 0 ? usable : known;
  const four = all.filter(({ address }) => address.family === 4);
  const ofFamily = four.length > 0 ? four : all;
  const someReady = ofFamily.some(({ state }) => state === 'ready');
  const sorted = ofFamily.sort((a, b) => compareAddresses(a.address, b.address) || a.port - b.port);
  const endpoints = sorted.slice(0, maxServers).map(({ address, port, details }) => ({
    address,
    port,
    details: details.draining && !someReady ? { ...details, draining: false } : details,
  }));
  if (usable.length === 0) return { endpoints: [], unready: endpoints, overflow: omitted };
  return { endpoints, unready: [], overflow: Math.max(0, sorted.length - maxServers) + omitted };
}
