import type { Config } from '../config/config.ts';
import { openApiClient } from '../source/kubernetes/api/client.ts';
import { listAll } from '../source/kubernetes/list.ts';
import { isRelevant } from './balance.ts';
import { readLoadBalancerService, type Service } from './service.ts';

/** The collections in which Services are looked for: the namespaces of the configuration, or null for all. */
export function serviceNamespaces({ loadBalancer }: Pick<Config, 'loadBalancer'>): readonly (string | null)[] {
  const namespaces = loadBalancer?.namespaces ?? [];
  return namespaces.length === 0 ? [null] : [...new Set(namespaces)];
}

/**
 * Lists the Services relevant to load balancing, once; none without `loadBalancer`.
 *
 * @param env the environment, for `inCluster`
 * @throws Problem `api.*`; the signal's reason
 */
export async function listServices(
  config: Config,
  env: Readonly<Record<string, string | undefined>>,
  signal: AbortSignal,
): Promise<readonly Service[]> {
  const { api } = config.cluster;
  if (api === null || config.loadBalancer === null) return [];
  const client = openApiClient(api, env);
  try {
    const listed = await Promise.all(
      serviceNamespaces(config).map((namespace) =>
        listAll(client, { resource: 'services', namespace, selector: '' }, readLoadBalancerService, signal),
      ),
    );
    return listed.flatMap(({ objects }) => objects).filter((service) => isRelevant(config, service));
  } finally {
    client.close();
  }
}
