import { hostPort } from '../../ip/address.ts';
import type { Endpoint } from '../../source/observation.ts';

/** The name of the server that follows the address of the Service. */
export const serviceServerName = 'service';

/**
 * The form of pod names, which are DNS subdomains (RFC 1123) of up to 253 characters that HAProxy accepts in the name of a server
 * (configuration manual 2.2). An invalid name becomes `podN`.
 */
const podName = /^[a-z0-9](?:[a-z0-9.-]{0,251}[a-z0-9])?$/;

/**
 * A name for the server of each endpoint: its pod's where that is known, valid and not taken yet, else the lowest free `podN`.
 * A server of the current file keeps its `podN`: another name would be another server to HAProxy.
 *
 * @param current names of the current file, by `address:port`
 */
export function serverNames(endpoints: readonly Endpoint[], current: ReadonlyMap<string, string>): readonly string[] {
  const names = new Map<Endpoint, string>();
  const taken = new Set([serviceServerName]);
  const give = (endpoint: Endpoint, name: string | null | undefined) => {
    if (name === null || name === undefined || names.has(endpoint) || taken.has(name)) return;
    taken.add(name);
    names.set(endpoint, name);
  };
  for (const endpoint of endpoints) give(endpoint, usablePodName(endpoint));
  for (const endpoint of endpoints) {
    if (names.has(endpoint)) continue;
    const name = current.get(hostPort(endpoint.address.text, endpoint.port));
    if (name !== undefined && /^pod[1-9]\d{0,4}$/.test(name)) give(endpoint, name);
  }
  let next = 1;
  return endpoints.map((endpoint) => {
    while (!names.has(endpoint)) give(endpoint, `pod${next++}`);
    return names.get(endpoint) ?? '';
  });
}

function usablePodName({ details }: Endpoint): string | null {
  const pod = details?.pod ?? null;
  return pod !== null && podName.test(pod) ? pod : null;
}
