import { isLowerCaseHostName } from './name.ts';
import { recordType, type WireRecord } from './read-message.ts';
import { readName } from './wire-name.ts';

/** The end of a chain of aliases. */
export interface AliasChain {
  /** Names that CNAME records led to, in order. */
  readonly aliases: readonly string[];
  /** The name whose records answer the question. */
  readonly owner: string;
  /** Smallest TTL of the CNAME records, in seconds. */
  readonly ttl: number;
}

/** The longest chain that is followed. */
const maxChain = 8;

/** Follows the CNAME records of an answer from `name`. Returns a sentence where the chain is malformed. */
export function followAliases(bytes: Buffer, records: readonly WireRecord[], name: string): AliasChain | string {
  const links = new Map<string, { readonly target: string | null; readonly ttl: number }>();
  const aliases: string[] = [];
  let owner = name;
  let ttl = 0x7fff_ffff;
  for (const record of records) {
    if (record.type !== recordType.CNAME) continue;
    const from = readName(bytes, record.owner);
    if (from === null) continue;
    if (links.has(from)) return `it has two aliases for ${from}`;
    links.set(from, { target: readName(bytes, record.data), ttl: record.ttl });
  }
  for (;;) {
    const link = links.get(owner);
    if (link === undefined) return { aliases, owner, ttl };
    const { target } = link;
    if (target === null || !isLowerCaseHostName(target)) return `its alias for ${owner} is no host name`;
    if (aliases.length === maxChain || target === name || aliases.includes(target)) return `its aliases for ${name} never end`;
    aliases.push(target);
    ttl = Math.min(ttl, link.ttl);
    owner = target;
  }
}
