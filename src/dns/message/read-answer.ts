import { decode, type TxtAnswer } from 'dns-packet';
import type { Address } from '../../ip/address.ts';
import type { Problem } from '../../problem/problem.ts';
import { usable } from './address-answer.ts';
import { isHostName } from './name.ts';
import type { DnsLookup, Question } from './question.ts';
import { type Message, nameAt, recordType, u16, type WireRecord } from './read-message.ts';

/** One SRV record with the addresses that came along for its target (RFC 2782). */
export interface SrvTarget {
  /** Host name, lower case. */
  readonly target: string;
  readonly port: number;
  /** From the Additional section; empty when they must be asked for. */
  readonly addresses: readonly Address[];
}

/** Names the question was led on to by CNAME, in order; an ExternalName service is one. */
type Aliases = readonly string[];

export interface Found {
  readonly kind: 'found';
  /** Smallest TTL of what was used, in seconds. */
  readonly ttl: number;
  readonly aliases: Aliases;
  readonly addresses: readonly Address[];
  readonly services: readonly SrvTarget[];
  readonly texts: readonly string[];
}

/** A good answer that says: there is nothing. `ttl` is how long that holds (RFC 2308, 5). */
export interface Empty {
  readonly kind: 'empty';
  readonly reason: 'NXDOMAIN' | 'NODATA';
  readonly ttl: number;
  readonly aliases: Aliases;
}

/** What became of a question. Failed is never empty: a server that is in trouble takes nothing away. */
export type Outcome = Found | Empty | { readonly kind: 'failed'; readonly problem: Problem };

/** The outcome of a question, with how it was reached. */
export interface LookupResult {
  readonly lookup: DnsLookup;
  readonly outcome: Outcome;
}

/** What a message means that answers the question for certain; `unsound` ones answer nothing. */
export type ParsedResponse =
  | Found
  | Empty
  | { readonly kind: 'refused'; readonly rcode: number }
  | { readonly kind: 'referral' }
  | { readonly kind: 'unsound'; readonly why: string };

const longestChain = 8;
const none: readonly never[] = [];

/** Reads what the message says to the question. Nothing but addresses, ports and host names comes out. */
export function readAnswer(message: Message, question: Question): ParsedResponse {
  const { bytes } = message;
  if (message.rcode !== 0 && message.rcode !== 3) return { kind: 'refused', rcode: message.rcode };
  const asked = question.name.toLowerCase();
  const names = nameReader(bytes, asked);
  const inClass = message.answers.filter((record) => record.class === 1);
  const chain = followAliases(inClass, asked, names);
  if (typeof chain === 'string') return unsound(chain);
  const { aliases, owner } = chain;
  const type = recordType[question.type];
  const records = inClass.filter((record) => record.type === type && names(record.owner) === owner);
  if (records.length === 0) return emptyOf(message, aliases);
  if (message.rcode === 3) return unsound('it says NXDOMAIN and carries records');
  const ttl = Math.min(chain.ttl, ...ttls(records));
  switch (question.type) {
    case 'A':
    case 'AAAA': {
      const addresses: Address[] = [];
      for (const record of records) {
        const address = addressOf(bytes, record);
        if (address === null) return unsound(useless);
        addresses.push(address);
      }
      return { kind: 'found', ttl, aliases, addresses, services: none, texts: none };
    }
    case 'SRV': {
      const services = servicesOf(message, records, names);
      if (typeof services === 'string') return unsound(services);
      if (services.length === 0) return { kind: 'empty', reason: 'NODATA', ttl, aliases };
      return { kind: 'found', ttl, aliases, addresses: none, services, texts: none };
    }
    case 'TXT': {
      const texts = textsOf(bytes);
      if (texts.length === 0) return unsound('its texts cannot be read');
      return { kind: 'found', ttl, aliases, addresses: none, services: none, texts };
    }
    default:
      return question.type satisfies never;
  }
}

function addressOf(bytes: Buffer, { type, data }: WireRecord): Address | null {
  return usable(bytes, data, type === recordType.A ? 'A' : 'AAAA');
}

const useless = 'it carries an address to which nothing can connect, such as 0.0.0.0 or a multicast one';

function servicesOf(message: Message, records: readonly WireRecord[], names: Names): readonly SrvTarget[] | string {
  const { bytes } = message;
  const known = new Map<string, Address[]>();
  for (const record of message.additionals) {
    if (record.class !== 1 || (record.type !== recordType.A && record.type !== recordType.AAAA)) continue;
    const owner = names(record.owner);
    if (owner === null) continue;
    const address = addressOf(bytes, record);
    if (address === null) return useless;
    const others = known.get(owner);
    if (others === undefined) known.set(owner, [address]);
    else others.push(address);
  }
  const services: SrvTarget[] = [];
  for (const record of records) {
    const target = names(record.data + 6);
    // RFC 2782: a target of "." says that the service is decidedly not available here.
    if (target === '') continue;
    if (target === null || !isHostName(target)) return 'it carries an SRV target that is no host name';
    const port = u16(bytes, record.data + 4);
    if (port === 0) return `it carries an SRV record for ${target} with port 0`;
    services.push({ target, port, addresses: known.get(target) ?? none });
  }
  return services;
}

/** Texts of the answer; only `dns-version` is ever asked, so the packet library may do it. */
function textsOf(bytes: Buffer): readonly string[] {
  try {
    const texts = decode(bytes).answers?.filter((answer): answer is TxtAnswer => answer.type === 'TXT') ?? [];
    return texts.map(({ data }) => (Array.isArray(data) ? data.map(String).join('') : String(data)));
  } catch {
    return [];
  }
}

function followAliases(
  records: readonly WireRecord[],
  from: string,
  names: Names,
): { aliases: string[]; owner: string; ttl: number } | string {
  const aliases: string[] = [];
  let owner = from;
  let ttl = 0x7fff_ffff;
  for (;;) {
    const here = records.filter((record) => record.type === recordType.CNAME && names(record.owner) === owner);
    const [cname] = here;
    if (cname === undefined) return { aliases, owner, ttl };
    if (here.length > 1) return `it leads ${owner} to two aliases at once`;
    const target = names(cname.data);
    if (target === null || !isHostName(target)) return `it leads ${owner} to an alias that is no host name`;
    if (aliases.length === longestChain || target === from || aliases.includes(target)) return `its aliases for ${from} never end`;
    aliases.push(target);
    ttl = Math.min(ttl, cname.ttl);
    owner = target;
  }
}

/** RFC 2308, 2.2: no SOA but name servers is a referral: this server knows nothing of the zone. */
function emptyOf({ bytes, rcode, authoritative, authorities }: Message, aliases: Aliases): ParsedResponse {
  const soa = authorities.find(({ type }) => type === recordType.SOA);
  if (rcode === 0 && soa === undefined && !authoritative && authorities.some(({ type }) => type === recordType.NS))
    return { kind: 'referral' };
  const minimum = soa === undefined ? 0 : u16(bytes, soa.end - 4) * 65_536 + u16(bytes, soa.end - 2);
  return { kind: 'empty', reason: rcode === 3 ? 'NXDOMAIN' : 'NODATA', ttl: soa === undefined ? 0 : Math.min(soa.ttl, minimum), aliases };
}

type Names = (at: number) => string | null;

/** Reads names; the question's own stands at byte 12, where most owners of an answer point. */
function nameReader(bytes: Buffer, question: string): Names {
  const known = new Map<number, string | null>([[12, question]]);
  return (at) => nameAt(bytes, at, known);
}

function ttls(records: readonly WireRecord[]): number[] {
  return records.map(({ ttl }) => ttl);
}

function unsound(why: string): ParsedResponse {
  return { kind: 'unsound', why };
}
