import type { ControlPlane } from './control-plane.ts';

/** A pod of a test: there is no kubelet, so its state is what the test says. */
export interface TestPod {
  readonly name: string;
  readonly address: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly ready?: boolean;
  /** The node it is on: `node1` where nothing is said. */
  readonly node?: string;
}

/** Makes a pod on a node, running, with an address. Needs no scheduler and no kubelet. */
export async function makePod(
  { ok }: ControlPlane,
  namespace: string,
  { name, address, labels, ready = true, node = 'node1' }: TestPod,
): Promise<void> {
  const pods = `/api/v1/namespaces/${namespace}/pods`;
  const spec = { nodeName: node, automountServiceAccountToken: false, containers: [{ name: 'main', image: 'example.org/none' }] };
  await ok('POST', pods, { metadata: { name, labels }, spec });
  const conditions = [{ type: 'Ready', status: ready ? 'True' : 'False' }];
  await ok('PATCH', `${pods}/${name}/status`, { status: { phase: 'Running', podIP: address, podIPs: [{ ip: address }], conditions } });
}

/** An endpoint of a slice, as the API has it. */
export interface SliceEndpoint {
  readonly addresses: readonly string[];
  readonly conditions?: { readonly ready?: boolean | null; readonly serving?: boolean; readonly terminating?: boolean };
  readonly targetRef?: { readonly kind: string; readonly name: string; readonly namespace?: string };
  readonly nodeName?: string;
  readonly zone?: string;
}

/** An EndpointSlice of a Service, for POST. */
export function slice(
  service: string,
  name: string,
  endpoints: readonly SliceEndpoint[],
  ports: readonly { readonly name?: string; readonly port: number; readonly protocol?: string }[] = [{ port: 8080 }],
  addressType: 'IPv4' | 'IPv6' = 'IPv4',
): object {
  return {
    apiVersion: 'discovery.k8s.io/v1',
    kind: 'EndpointSlice',
    metadata: { name, labels: { 'kubernetes.io/service-name': service } },
    addressType,
    endpoints,
    ports,
  };
}

/** The path of the slices of a namespace, or of one of them. */
export function slicePath(namespace: string, name?: string): string {
  return `/apis/discovery.k8s.io/v1/namespaces/${namespace}/endpointslices${name === undefined ? '' : `/${name}`}`;
}

/** Waits until something is so, asking again and again; throws when it is not within two minutes. */
export async function until(what: string, isSo: () => boolean | Promise<boolean>): Promise<void> {
  const end = Date.now() + 120_000;
  while (!(await isSo())) {
    if (Date.now() > end) throw new Error(`not within two minutes: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
