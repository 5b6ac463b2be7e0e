import { overlaps, parseBind } from '../haproxy-syntax/bind.ts';
import type { WholeProxy } from './effective.ts';
import type { Imported, ImportedListen } from './model.ts';
import type { ServerLine } from './servers.ts';

/** A listen that was taken over, and what it was read from. */
export interface Kept {
  readonly proxy: WholeProxy;
  readonly listen: ImportedListen;
  readonly servers: readonly ServerLine[];
  readonly domain: string | null;
}

/** What keeps a listen from standing beside those taken before it. */
export function whyNotBeside({ listen, servers, domain }: Omit<Kept, 'proxy'>, others: readonly Kept[]): string | null {
  if (others.some((other) => other.listen.name === listen.name)) return 'there is another listen of that name';
  const claims = (one: ImportedListen) => one.binds.map(({ text }) => parseBind(text));
  const clash = others.find((other) => claims(other.listen).some((bind) => claims(listen).some((mine) => overlaps(bind, mine))));
  if (clash !== undefined) return `listen ${clash.listen.name} binds the same address, and HAProxy would split the traffic between them`;
  const first = others.find((other) => other.domain !== null)?.domain ?? null;
  if (first !== null && domain !== null && first !== domain)
    return `its service is in the domain ${domain}, and others are in ${first}: podfront serves one cluster`;
  const known = new Map(nodesOf(others).map(({ name, address }) => [name, address]));
  const other = addressesOf(servers).find(({ name, address }) => (known.get(name) ?? address) !== address);
  if (other !== undefined) return `its ${other.name} is ${other.address}, and that of a listen before it is ${known.get(other.name)}`;
  if (!areInOrder([...others, { servers }])) return 'its addresses are in another order than those of the listens before it';
  return null;
}

/** The servers by address of all listens, each name once; the longest list first, which most likely has the others in their order. */
export function nodesOf(taken: readonly Pick<Kept, 'servers'>[]): Imported['nodes'] {
  const lists = taken.map(({ servers }) => addressesOf(servers)).sort((one, two) => two.length - one.length);
  return [...new Map(lists.flat().map((node) => [node.name, node])).values()];
}

/** podfront keeps the nodes of all listens in one order, and `balance first` goes by it. */
function areInOrder(taken: readonly Pick<Kept, 'servers'>[]): boolean {
  const place = new Map(nodesOf(taken).map(({ name }, at) => [name, at]));
  return taken.every(({ servers }) =>
    addressesOf(servers).every(({ name }, at, all) => at === 0 || (place.get(all[at - 1]?.name ?? '') ?? 0) < (place.get(name) ?? 0)),
  );
}

function addressesOf(servers: readonly ServerLine[]): Imported['nodes'] {
  return servers.flatMap(({ id, target }) => (target.kind === 'address' ? [{ name: id, address: target.address.text }] : []));
}
