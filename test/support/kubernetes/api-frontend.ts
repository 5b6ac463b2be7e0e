import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { ExecutionContext } from 'ava';
import { type ApiObject, type KubernetesApi, startKubernetesApi } from '../../../demo/kubernetes-api.ts';
import { type Frontend, frontend } from '../daemon-frontend.ts';
import { draining, ready, serviceJson, sliceJson } from './samples.ts';

// The daemon and HAProxy are real; the API server is a double, so that slices may have loopback addresses.

/** The address of each Service. */
export const clusterIP = '127.255.0.7';

/** A frontend whose pods are from an API server. */
export interface ApiFrontend {
  readonly front: Frontend;
  readonly api: KubernetesApi;
  /** The addresses of so many pods, which run. */
  readonly run: (count: number) => Promise<readonly string[]>;
  readonly setPods: (addresses: readonly string[], terminating?: readonly string[], service?: string) => void;
}

/**
 * A frontend whose listen `web` has its pods from the API; further listens, by name and port, are of Services of their names.
 * @param days how long the certificate of the API server is valid
 */
export async function apiFrontend(t: ExecutionContext, further: Readonly<Record<string, number>> = {}, days = 1): Promise<ApiFrontend> {
  const front = await frontend(t);
  const api = await startKubernetesApi({ days });
  t.teardown(() => api.close().catch(() => {}));
  const port = { name: 'http', port: front.pods.port };
  const setPods: ApiFrontend['setPods'] = (addresses, terminating = [], service = 'web') => {
    const pod = (address: string) => ({ targetRef: { kind: 'Pod', name: `pod-${address.replaceAll('.', '-')}` } });
    const endpoints = [
      ...addresses.map((one) => ({ ...ready(one), ...pod(one) })),
      ...terminating.map((one) => ({ ...draining(one), ...pod(one) })),
    ];
    api.set('endpointslices', sliceJson(endpoints, { name: `${service}-1`, service, ports: [port] }) as unknown as ApiObject);
  };
  for (const name of ['web', ...Object.keys(further)]) {
    const ports = [{ name: 'http', port: 80, targetPort: front.pods.port }];
    api.set('services', serviceJson({ clusterIP, clusterIPs: [clusterIP], ports }, name) as unknown as ApiObject);
  }
  await writeFile(join(front.folder, 'kubeconfig'), api.kubeconfig);
  const listen = Object.entries(further).map(([name, at]) => [
    name,
    { binds: [`127.0.0.1:${at}`], podPort: front.pods.port, mode: 'http' },
  ]);
  await front.configure({ cluster: { api: { kubeconfig: 'kubeconfig' } }, listen: Object.fromEntries(listen) });
  return { front, api, run: (count) => front.scale(count), setPods };
}
