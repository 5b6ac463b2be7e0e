import { readService, readSlice, type ServiceObject, type SliceObject } from '../../../src/source/kubernetes/objects.ts';
import type { ServiceView } from '../../../src/source/kubernetes/observe.ts';
import { type SliceEndpoint, slice } from './objects.ts';

/** Objects as the API server sends them, for tests of the pure part. */

/** A Service as the API has it. */
export function serviceJson(spec: Readonly<Record<string, unknown>> = {}, name = 'web', namespace = 'default'): Record<string, unknown> {
  const ports = [{ name: 'http', port: 80, protocol: 'TCP', targetPort: 8080 }];
  return {
    metadata: { name, namespace, resourceVersion: '7' },
    spec: { type: 'ClusterIP', clusterIP: '10.0.0.7', clusterIPs: ['10.0.0.7'], selector: { app: name }, ports, ...spec },
  };
}

/** An EndpointSlice as the API has it. */
export function sliceJson(
  endpoints: readonly SliceEndpoint[],
  {
    name = 'web-1',
    service = 'web',
    namespace = 'default',
    ports = [{ name: 'http', port: 8080 }] as readonly { readonly name?: string; readonly port: number; readonly protocol?: string }[],
    family = 'IPv4' as 'IPv4' | 'IPv6',
    resourceVersion = '8',
  } = {},
): Record<string, unknown> {
  const made = slice(service, name, endpoints, ports, family) as { readonly metadata: object };
  return { ...made, metadata: { ...made.metadata, namespace, resourceVersion } };
}

/** The Service that a JSON is read as; throws where it is refused. */
export function service(json: unknown): ServiceObject {
  const read = readService(json);
  if (read?.kind !== 'read') throw new Error(`not read: ${JSON.stringify(read)}`);
  return read.object;
}

/** The slice that a JSON is read as, likewise. */
export function sliceObject(json: unknown): SliceObject {
  const read = readSlice(json);
  if (read?.kind !== 'read') throw new Error(`not read: ${JSON.stringify(read)}`);
  return read.object;
}

/** A view of the Service `web`. */
export function view(slices: readonly unknown[], of: unknown = serviceJson()): ServiceView {
  return { service: of === null ? null : service(of), slices: slices.map(sliceObject), refused: [], changedAt: 0 };
}

/** An endpoint that is ready, of a pod. */
export function ready(address: string, pod?: string): SliceEndpoint {
  return { addresses: [address], conditions: { ready: true }, ...(pod !== undefined && { targetRef: { kind: 'Pod', name: pod } }) };
}

/** An endpoint that is terminating and still serves. */
export function draining(address: string): SliceEndpoint {
  return { addresses: [address], conditions: { ready: false, serving: true, terminating: true } };
}

/** An endpoint that is not ready, and not terminating: so is one whose node has lost contact. */
export function unready(address: string): SliceEndpoint {
  return { addresses: [address], conditions: { ready: false, serving: false, terminating: false } };
}
