import { execFileSync, fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { ControlPlane } from '../../test/support/kubernetes/control-plane.ts';
import { slice, slicePath } from '../../test/support/kubernetes/objects.ts';
import { podAddress } from '../kubernetes/scene.ts';
import { type PodsCommand, podPort } from './pods.ts';

/** A headless Service `web` and its pods, by number. */
export interface Service {
  readonly pods: (command: PodsCommand['command'], numbers: readonly number[]) => Promise<void>;
  /** Drops the answers of these pods, or lets them through again. */
  readonly silence: (numbers: readonly number[], silent: boolean) => void;
  /** Writes the slice: pods that are ready, and pods that terminate and still serve. */
  readonly announce: (ready: readonly number[], terminating?: readonly number[]) => Promise<void>;
  readonly close: () => void;
}

/** Makes the Service, without pods. */
export async function makeService({ ok }: ControlPlane): Promise<Service> {
  const child = fork(fileURLToPath(new URL('pods.ts', import.meta.url)), { execArgv: ['--import', 'tsx'] });
  const ports = [{ name: 'http', port: 80, targetPort: podPort }];
  await ok('POST', '/api/v1/namespaces/default/services', { metadata: { name: 'web' }, spec: { clusterIP: 'None', ports } });
  await ok('POST', slicePath('default'), slice('web', 'web-1', [], [{ name: 'http', port: podPort }]));
  return {
    async pods(command, numbers) {
      const done = once(child, 'message');
      child.send({ command, addresses: numbers.map(podAddress) });
      await done;
    },
    silence(numbers, silent) {
      for (const n of numbers) execFileSync('ip', ['rule', silent ? 'add' : 'del', 'pref', '10', 'from', podAddress(n), 'blackhole']);
    },
    async announce(ready, terminating = []) {
      const endpoint = (terminates: boolean) => (n: number) => ({
        addresses: [podAddress(n)],
        conditions: { ready: !terminates, serving: true, terminating: terminates },
        targetRef: { kind: 'Pod', name: `web-${n}`, namespace: 'default' },
      });
      await ok('PATCH', slicePath('default', 'web-1'), { endpoints: [...ready.map(endpoint(false)), ...terminating.map(endpoint(true))] });
    },
    close: () => child.disconnect(),
  };
}
