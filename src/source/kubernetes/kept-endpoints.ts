import type { SliceObject } from './objects.ts';

/**
 * Bounds of what is kept, whoever may write EndpointSlices: endpoints of a Service, twice as many as a listen uses, and of all; slices of a
 * Service; and objects of a Service that are refused. Kubernetes is made for 150,000 pods.
 */
export const kept = { ofService: 20_000, ofAll: 500_000, slices: 5_000, refused: 100 };

/** Counts endpoints by Service as they are kept and dropped. */
export interface EndpointCount {
  /** The slice with as many of its endpoints as there is room for, which are counted. */
  readonly keep: (service: string, slice: SliceObject) => SliceObject;
  readonly drop: (service: string, slice: SliceObject) => void;
}

/** Begins to count. */
export function endpointCount(): EndpointCount {
  const ofService = new Map<string, number>();
  let all = 0;
  const count = (service: string, more: number) => {
    all += more;
    const now = (ofService.get(service) ?? 0) + more;
    if (now === 0) ofService.delete(service);
    else ofService.set(service, now);
  };
  return {
    keep(service, slice) {
      const { endpoints, omitted } = slice;
      const room = Math.max(0, Math.min(kept.ofService - (ofService.get(service) ?? 0), kept.ofAll - all));
      count(service, Math.min(room, endpoints.length));
      if (endpoints.length <= room) return slice;
      return { ...slice, endpoints: endpoints.slice(0, room), omitted: omitted + endpoints.length - room };
    },
    drop: (service, { endpoints }) => count(service, -endpoints.length),
  };
}
