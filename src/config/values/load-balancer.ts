import { contains, parseNetwork } from '../../ip/network.ts';
import { type AddressRange, parseRange } from '../../ip/range.ts';
import { invalidValue } from './quoted.ts';

/** Addresses that no Service can have: unspecified, multicast, reserved, and link-local ones, which need an interface. */
const unusable = ['0.0.0.0/8', '224.0.0.0/3', '::/128', 'ff00::/8', 'fe80::/10'].flatMap((text) => parseNetwork(text) ?? []);

/** Reads addresses for Services: one, a network, or a range. Throws config.value. */
export function readAddressRange(text: string): AddressRange {
  const range = parseRange(text);
  if (range === null) {
    const bare = text.includes('/') ? (parseNetwork(text)?.cidr ?? null) : null;
    const hint =
      bare === null
        ? 'write an address, a network such as 198.51.100.16/29, or a range such as 2001:db8::10-2001:db8::1f'
        : `did you mean ${bare}?`;
    throw invalidValue(text, 'address or range of addresses', hint);
  }
  const { family, first, last } = range;
  const bad = unusable.find(
    (network) => contains(network, { family, value: first, text }) || contains(network, { family, value: last, text }),
  );
  if (bad !== undefined) throw invalidValue(text, 'address for a Service', `addresses in ${bad.cidr} cannot be served`);
  return range;
}

/**
 * Checks the name of a class, as in `spec.loadBalancerClass`. Capital letters and underscores are refused, because the name of the
 * Lease is derived from it. Throws config.value.
 */
export function readLoadBalancerClass(text: string): string {
  const [name = '', prefix] = text.split('/').reverse();
  const label = /^[a-z0-9]([a-z0-9.-]{0,61}[a-z0-9])?$/;
  if (text.length <= 200 && text.split('/').length <= 2 && label.test(name) && (prefix === undefined || label.test(prefix))) return text;
  throw invalidValue(text, 'load balancer class', 'write a name in lower case, with a prefix if need be: podfront/haproxy');
}
