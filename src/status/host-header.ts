import { parseAddress } from '../ip/address.ts';

/**
 * Whether a request for this host (RFC 9110 7.2, `Host`) may be meant for a server that is reached by its address: an address or
 * `localhost`, with a port or without. Any other name may be one that somebody let point here, so that a page of theirs, open
 * in a browser on this machine, could read the answers (DNS rebinding). Whoever sends no host is no browser.
 */
export function isAddressedDirectly(host: string | undefined): boolean {
  if (host === undefined) return true;
  const [, v6, other = ''] = /^(?:\[([^\]]*)\]|([^:]*))(?::\d{1,5})?$/.exec(host) ?? [];
  if (v6 !== undefined) return parseAddress(v6)?.family === 6;
  return other.toLowerCase() === 'localhost' || parseAddress(other)?.family === 4;
}
