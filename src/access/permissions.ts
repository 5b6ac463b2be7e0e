import type { Config } from '../config/config.ts';
import { leaseName } from '../load-balancer/lease-name.ts';

/** A permission in a cluster: a rule of RBAC. */
export interface Permission {
  /** Null for all namespaces. */
  readonly namespace: string | null;
  /** The API group; empty for the core one. */
  readonly group: string;
  readonly resource: string;
  readonly verbs: readonly string[];
  /** The one object that it applies to; null for all. */
  readonly name: string | null;
}

/** The permissions that the configuration needs, sorted. Empty where the Kubernetes API is not used. */
export function permissionsOf({ cluster, listens, loadBalancer }: Config): readonly Permission[] {
  if (cluster.api === null) return [];
  const ofListens = listens.filter(({ records }) => records === 'endpoints').map(({ namespace }) => namespace);
  const ofServices = loadBalancer?.namespaces ?? [];
  const everywhere = loadBalancer !== null && ofServices.length === 0;
  const read = everywhere ? [null] : distinct([...ofListens, ...ofServices]);
  const written = loadBalancer === null ? [] : everywhere ? [null] : distinct(ofServices);
  return [
    ...read.flatMap((namespace): readonly Permission[] => [
      { namespace, group: '', resource: 'services', verbs: ['get', 'list', 'watch'], name: null },
      { namespace, group: 'discovery.k8s.io', resource: 'endpointslices', verbs: ['get', 'list', 'watch'], name: null },
    ]),
    ...written.flatMap((namespace): readonly Permission[] => [
      { namespace, group: '', resource: 'services/status', verbs: ['update', 'patch'], name: null },
      { namespace, group: '', resource: 'events', verbs: ['create', 'patch'], name: null },
    ]),
    ...(loadBalancer === null ? [] : leasePermissions(loadBalancer.leaseNamespace, leaseName(loadBalancer.class))),
  ];
}

/** The permissions for a Lease. `create` cannot be limited to a name, which the API server does not know when it decides (Kubernetes, RBAC, "Referring to resources"). */
function leasePermissions(namespace: string, name: string): readonly Permission[] {
  const lease = { namespace, group: 'coordination.k8s.io', resource: 'leases' };
  return [
    { ...lease, verbs: ['create'], name: null },
    { ...lease, verbs: ['get', 'update'], name },
  ];
}

function distinct(words: readonly string[]): readonly string[] {
  return [...new Set(words)].sort();
}
