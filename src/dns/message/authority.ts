import { type Message, recordType } from './read-message.ts';
import { readName } from './wire-name.ts';

/**
 * Whether the message has the authority to deny records of the name: it has the SOA record of a zone that the name belongs to
 * (RFC 2308, section 2), or the AA bit where it has no SOA at all. Caches keep the SOA, so CoreDNS's cached answers pass as well. A resolver
 * that does not know the cluster answers with the SOA of the root, or of whatever zone it found to be the closest.
 *
 * @param domain names below it need the SOA of the domain, or of a zone below it; null accepts any zone but the root
 */
export function hasAuthority({ bytes, authoritative, authorities }: Message, name: string, domain: string | null): boolean {
  const soa = authorities.find(({ type }) => type === recordType.SOA);
  if (soa === undefined) return authoritative;
  const zone = readName(bytes, soa.owner);
  if (zone === null || zone === '' || !isBelow(name, zone)) return false;
  return domain === null || !isBelow(name, domain) || isBelow(zone, domain);
}

/** Whether the name is the other one or below it. Both are in lower case. */
function isBelow(name: string, other: string): boolean {
  return name === other || name.endsWith(`.${other}`);
}
