import { type Address, parseAddress, unmapped } from '../ip/address.ts';
import type { Cause } from './cause.ts';
import type { Service } from './service.ts';

/** The most addresses that one annotation may ask for. */
const mostRequested = 16;

/** The families of addresses for a Service, the preferred one first. */
export function wantedFamilies({ families, familyPolicy }: Service): readonly (4 | 6)[] {
  const all = families.length === 0 ? [4 as const] : [...new Set(families)];
  return familyPolicy === 'SingleStack' ? all.slice(0, 1) : all;
}

/** The addresses that a Service asks for: by the annotation `podfront/addresses`, else by `spec.loadBalancerIP`. */
export function requestedAddresses(service: Service): { readonly addresses: readonly Address[]; readonly causes: readonly Cause[] } {
  const { annotations, loadBalancerIP } = service;
  const annotation = annotations.get('addresses') ?? '';
  const texts = (annotation.trim() === '' ? (loadBalancerIP ?? '') : annotation).split(',').map((text) => text.trim());
  const families = wantedFamilies(service);
  const addresses = new Map<string, Address>();
  const causes: Cause[] = [];
  for (const text of texts.filter((one) => one !== '').slice(0, mostRequested)) {
    const parsed = parseAddress(text);
    const address = parsed === null ? null : unmapped(parsed);
    if (address === null) causes.push({ kind: 'no-address', text: text.slice(0, 80) });
    else if (!families.includes(address.family)) causes.push({ kind: 'unwanted-family', address: address.text, families });
    else addresses.set(address.text, address);
  }
  return { addresses: [...addresses.values()], causes };
}
