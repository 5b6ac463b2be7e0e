import { valueAt } from '../yaml/faults.ts';
import type { YamlMap } from '../yaml/source.ts';
import { conflictAt, type Violation } from './violation.ts';

/** The rules between `loadBalancer` and the rest of the configuration. */
export function loadBalancerRules(root: YamlMap, hasApi: boolean): readonly Violation[] {
  if ((root.loadBalancer ?? null) === null) return [];
  const addresses = valueAt(root, ['loadBalancer', 'addresses']);
  const out: Violation[] = [];
  if (!hasApi) {
    const what = 'Services come from the Kubernetes API, and cluster.api is not set';
    out.push(conflictAt(['loadBalancer'], 'key', what, 'add cluster.api: {kubeconfig: FILE}'));
  }
  if (Array.isArray(addresses) && addresses.length === 0) {
    const what = 'there is no address to give to a Service';
    out.push(conflictAt(['loadBalancer', 'addresses'], 'value', what, 'add the addresses of this VM that Services may have'));
  }
  return out;
}
