import type { Address } from '../../ip/address.ts';
import { type AliasChain, followAliases } from './aliases.ts';
import { hasAuthority } from './authority.ts';
import { isLowerCaseHostName } from './name.ts';
import type { Empty, Found, SrvTarget } from './outcome.ts';
import type { Question } from './question.ts';
import { addressOfRecord, readText } from './rdata.ts';
import { classIn, type Message, recordType, u16, u32, type WireRecord } from './read-message.ts';
import { readName } from './wire-name.ts';

/** The answer of a message to a question. */
export type Answer =
  | Found
  | Empty
  | { readonly kind: 'rcode'; readonly rcode: number }
  | { readonly kind: 'referral' }
  /** A negative answer of a server that is not authoritative for the name. */
  | { readonly kind: 'no-authority'; readonly reason: Empty['reason'] }
  /** The message is not an answer; `why` is the rest of a sentence about it. */
  | { readonly kind: 'malformed'; readonly why: string };

const none: readonly never[] = [];

/**
 * Reads the answer to the question. The result has only addresses, ports, host names and the texts of TXT records.
 *
 * @param domain the cluster's domain: negative answers for names below it need its authority (see `hasAuthority`)
 */
export function readAnswer(message: Message, question: Question, domain: string | null): Answer {
  const { bytes, rcode } = message;
  if (rcode !== 0 && rcode !== 3) return { kind: 'rcode', rcode };
  const inClass = message.answers.filter((record) => record.class === classIn);
  const chain = followAliases(bytes, inClass, question.name.toLowerCase());
  if (typeof chain === 'string') return malformed(chain);
  const { aliases, owner } = chain;
  const type = recordType[question.type];
  const records = inClass.filter((record) => record.type === type && readName(bytes, record.owner) === owner);
  if (records.length === 0) return readNegative(message, chain, domain);
  if (rcode === 3) return malformed('it says NXDOMAIN and carries records');
  const found: Found = {
    kind: 'found',
    ttl: records.reduce((least, { ttl }) => Math.min(least, ttl), chain.ttl),
    aliases,
    addresses: none,
    services: none,
    texts: none,
  };
  switch (question.type) {
    case 'A':
    case 'AAAA': {
      const addresses = records.map((record) => addressOfRecord(bytes, record));
      return addresses.every((each) => each !== null) ? { ...found, addresses } : malformed(unusableAddress);
    }
    case 'SRV': {
      const services = readServices(message, records);
      if (typeof services === 'string') return malformed(services);
      return services.length === 0 ? { kind: 'empty', reason: 'NODATA', ttl: found.ttl, aliases } : { ...found, services };
    }
    case 'TXT': {
      const texts = records.map((record) => readText(bytes, record));
      return texts.every((each) => each !== null) ? { ...found, texts } : malformed('its texts cannot be read');
    }
    default:
      return question.type satisfies never;
  }
}

const unusableAddress = 'it carries an address to which nothing can connect, such as 0.0.0.0 or a multicast one';

/** The SRV records with the addresses of their targets. Returns a sentence where one cannot be used. */
function readServices({ bytes, additionals }: Message, records: readonly WireRecord[]): readonly SrvTarget[] | string {
  const addresses = new Map<string, Address[]>();
  for (const record of additionals) {
    if (record.class !== classIn || (record.type !== recordType.A && record.type !== recordType.AAAA)) continue;
    const owner = readName(bytes, record.owner);
    if (owner === null) continue;
    const address = addressOfRecord(bytes, record);
    if (address === null) return unusableAddress;
    const others = addresses.get(owner);
    if (others === undefined) addresses.set(owner, [address]);
    else others.push(address);
  }
  const services: SrvTarget[] = [];
  for (const { data } of records) {
    const target = readName(bytes, data + 6);
    // RFC 2782: a target of "." says that the service is decidedly not available here.
    if (target === '') continue;
    if (target === null || !isLowerCaseHostName(target)) return 'it carries an SRV target that is no host name';
    const port = u16(bytes, data + 4);
    if (port === 0) return `it carries an SRV record for ${target} with port 0`;
    services.push({ target, port, addresses: addresses.get(target) ?? none });
  }
  return services;
}

/** Reads a message without records of the type. */
function readNegative(message: Message, { aliases, owner }: AliasChain, domain: string | null): Answer {
  const { bytes, rcode, authoritative, answers, authorities } = message;
  const reason = rcode === 3 ? 'NXDOMAIN' : 'NODATA';
  const soa = authorities.find(({ type }) => type === recordType.SOA);
  // RFC 2308, section 2.2: name servers without a SOA are a referral.
  if (rcode === 0 && soa === undefined && !authoritative && authorities.some(({ type }) => type === recordType.NS))
    return { kind: 'referral' };
  // A negative answer has an empty answer section but for the aliases that lead to its name (RFC 2308, section 2).
  if (answers.length > aliases.length) return malformed('none of its records is what was asked for');
  // Aliases may lead outside the cluster, where another zone has the authority.
  if (aliases.length === 0 && !hasAuthority(message, owner, domain)) return { kind: 'no-authority', reason };
  // RFC 2308, section 5: the smaller of the SOA's own TTL and its last field, MINIMUM.
  const ttl = soa === undefined ? 0 : Math.min(soa.ttl, u32(bytes, soa.end - 4));
  return { kind: 'empty', reason, ttl, aliases };
}

function malformed(why: string): Answer {
  return { kind: 'malformed', why };
}
