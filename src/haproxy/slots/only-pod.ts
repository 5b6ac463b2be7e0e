import type { ListenAllocation, PodServer } from './allocate.ts';

/**
 * The server of the only pod that takes connections, by name; null where there are several or none, or where the ClusterIP is the
 * backup of pods whose addresses podfront keeps. HAProxy repeats a refused connection to the only server after a second; were that
 * marked down, every request would fail until it is back. See docs/decisions/0014.
 */
export function onlyPod({ slots, pods, service }: Pick<ListenAllocation, 'slots' | 'pods' | 'service'>): string | null {
  if (slots === null && service !== null) return null;
  const [first, ...others] = pods.filter(takesConnections);
  return first === undefined || others.length > 0 ? null : first.name;
}

/**
 * Whether errors mark no pod down that HAProxy is given now, at run time. A rolling update of one pod brings the second before the first
 * leaves, and the words of a server that runs cannot be changed: so it holds for the second pod too.
 */
export function addsUnobserved({ pods, service }: Pick<ListenAllocation, 'pods' | 'service'>): boolean {
  return service === null && pods.filter(takesConnections).length <= 2;
}

const takesConnections = ({ draining }: PodServer): boolean => !draining;
