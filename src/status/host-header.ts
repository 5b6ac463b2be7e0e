import { parseAddress } from '../ip/address.ts';

/**
 * Whether the Host header (RFC 9110 7.2) names an address or `localhost`, with or without a port. Any other name could be one that
 * an attacker points here, so that their page in a browser on this machine could read the answers (DNS rebinding). A request
 * without the header does not come from a browser.
 */
export function isAddressedDirectly(host: string | undefined): boolean {
  if (host === undefined) return true;
  const [, v6, other = ''] = /^(?:\[([^\]]*)\]|([^:]*))(?::\d{1,5})?$/.exec(host) ?? [];
  if (v6 !== undefined) return parseAddress(v6)?.family === 6;
  return other.toLowerCase() === 'localhost' || parseAddress(other)?.family === 4;
}
