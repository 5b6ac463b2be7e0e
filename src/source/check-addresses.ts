import type { Listen } from '../config/config.ts';
import { type Address, compareAddresses } from '../ip/address.ts';
import { type Problem, problem } from '../problem/problem.ts';
import type { AddressClassifier } from './classify-address.ts';
import type { Endpoint } from './observation.ts';

/** The addresses that a source found for a listen. */
export interface FoundAddresses {
  readonly endpoints: readonly Endpoint[];
  readonly serviceAddresses: readonly Address[];
}

/** The addresses that may be used, or the reason why the answer has failed. */
export type CheckedAddresses =
  | ({ readonly kind: 'usable'; readonly leftOut: readonly Address[]; readonly warnings: readonly Problem[] } & FoundAddresses)
  | { readonly kind: 'failed'; readonly leftOut: readonly Address[]; readonly problem: Problem };

/** The most addresses that a message names. */
const maxNamed = 3;

/**
 * Leaves out addresses outside the cluster's networks, unless the listen says `outside: true`. The answer has failed when it has an
 * address to which no traffic may go, or when every address is outside.
 */
export function checkAddresses(
  service: string,
  { outside }: Listen,
  { endpoints, serviceAddresses }: FoundAddresses,
  classify: AddressClassifier,
): CheckedAddresses {
  const found = new Map([...endpoints.map(({ address }) => address), ...serviceAddresses].map((address) => [address.text, address]));
  const leftOut = new Map<string, Address>();
  for (const address of found.values()) {
    const result = classify(address);
    if (result.kind === 'forbidden')
      return {
        kind: 'failed',
        leftOut: [],
        problem: problem('dns.forbidden-address', { service, address: address.text, why: result.why }),
      };
    if (result.kind === 'outside' && !outside) leftOut.set(address.text, address);
  }
  if (leftOut.size === 0) return { kind: 'usable', endpoints, serviceAddresses, leftOut: [], warnings: [] };
  const sorted = [...leftOut.values()].sort(compareAddresses);
  const named = sorted.slice(0, maxNamed).map(({ text }) => text);
  const addresses = [...named, ...(sorted.length > maxNamed ? [`${sorted.length - maxNamed} more`] : [])].join(', ');
  if (leftOut.size === found.size || (endpoints.length > 0 && endpoints.every(({ address }) => leftOut.has(address.text))))
    return { kind: 'failed', leftOut: sorted, problem: problem('dns.only-outside', { service, addresses }) };
  return {
    kind: 'usable',
    endpoints: endpoints.filter(({ address }) => !leftOut.has(address.text)),
    serviceAddresses: serviceAddresses.filter(({ text }) => !leftOut.has(text)),
    leftOut: sorted,
    warnings: [problem('dns.outside-networks', { service, addresses })],
  };
}
