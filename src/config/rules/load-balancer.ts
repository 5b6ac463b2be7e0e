import { problem } from '../../problem/problem.ts';
import { valueAt } from '../yaml/faults.ts';
import type { YamlMap } from '../yaml/source.ts';
import type { Violation } from './listen.ts';

/** The rules between `loadBalancer` and the rest of the configuration. */
export function loadBalancerRules(root: YamlMap, hasApi: boolean): readonly Violation[] {
  if ((root.loadBalancer ?? null) === null) return [];
  const conflict = (path: Violation['path'], part: Violation['part'], what: string, hint: string): Violation => ({
    path,
    part,
    problem: problem('config.conflict', { what, hint }),
  });
  const addresses = valueAt(root, ['loadBalancer', 'addresses']);
  return [
    ...(hasApi
      ? []
      : [
          conflict(
            ['loadBalancer'],
            'key',
            'Services come from the Kubernetes API, and cluster.api is not set',
            'add cluster.api: {kubeconfig: FILE}',
          ),
        ]),
    ...(Array.isArray(addresses) && addresses.length === 0
      ? [
          conflict(
            ['loadBalancer', 'addresses'],
            'value',
            'there is no address to give to a Service',
            'add the addresses of this VM that Services may have',
          ),
        ]
      : []),
  ];
}
