import { type Bind, overlaps, parseBind } from '../haproxy-syntax/bind.ts';
import type { WholeProxy } from './effective.ts';
import type { Imported, ImportedListen } from './model.ts';
import type { ProxyServer } from './servers.ts';

/** An imported listen with its source. */
export interface ImportedProxy {
  readonly proxy: WholeProxy;
  readonly listen: ImportedListen;
  readonly servers: readonly ProxyServer[];
  readonly domain: string | null;
}

interface Claim {
  readonly bind: Bind;
  readonly listen: string;
  /** The frontend whose addresses it shares; null: none. */
  readonly shared: string | null;
}

type Nodes = Imported['nodes'];

/** The listens imported so far, with indexes that find a conflict with another one in constant time. */
export interface ImportedListens {
  readonly all: ImportedProxy[];
  readonly names: Set<string>;
  /** Binds of one port, by port and there by address. */
  readonly ports: Map<number, Map<string, Claim>>;
  /** All binds by address, and those of a range of ports. */
  readonly claims: Map<string, Claim[]>;
  readonly ranges: Map<string, Claim[]>;
  /** The different lists of nodes. */
  readonly nodeLists: Map<string, Nodes>;
  readonly nodeAddresses: Map<string, string>;
  /** Counts of ranges of ports and of users, whose cost grows with the square of the listens and is limited. */
  readonly counts: { ranges: number; users: number };
}

/** The most ranges of ports, each of which is compared with all binds. */
const maxRanges = 2_000;

/** The most users over all listens: HAProxy's file repeats a list in each listen that uses it. */
const maxUsers = 100_000;

/** The most different lists of nodes, which are compared with each other. */
const maxNodeLists = 200;

/** The collection before the first listen. */
export function noListens(): ImportedListens {
  return {
    all: [],
    names: new Set(),
    ports: new Map(),
    claims: new Map(),
    ranges: new Map(),
    nodeLists: new Map(),
    nodeAddresses: new Map(),
    counts: { ranges: 0, users: 0 },
  };
}

/** Adds a listen that conflicts with none. */
export function addListen(listens: ImportedListens, added: ImportedProxy, users: number): void {
  listens.counts.users += users;
  const { listen, servers } = added;
  listens.all.push(added);
  listens.names.add(listen.name);
  for (const { text } of listen.binds) {
    const bind = parseBind(text);
    const claim = { bind, listen: listen.name, shared: listen.shared };
    const { firstPort: port } = bind;
    const address = addressOf(bind);
    append(listens.claims, address, claim);
    if (isRange(bind)) {
      append(listens.ranges, address, claim);
      listens.counts.ranges++;
    } else listens.ports.set(port, (listens.ports.get(port) ?? new Map<string, Claim>()).set(address, claim));
  }
  const nodes = nodesIn(servers);
  if (nodes.length > 0) listens.nodeLists.set(keyOf(nodes), nodes);
  for (const { name, address } of nodes) listens.nodeAddresses.set(name, address);
}

/**
 * The reason why a listen cannot be imported beside the others; null when it can.
 *
 * @param users the number of users that it asks for a password
 */
export function conflictOf(
  { listen, servers, domain }: Omit<ImportedProxy, 'proxy'>,
  listens: ImportedListens,
  users: number,
): string | null {
  if (listens.names.has(listen.name)) return 'there is another listen of that name';
  if (users > 0 && listens.counts.users + users > maxUsers) return `with its list of users the listens have more than ${maxUsers} users`;
  const ranges = listen.binds.filter(({ text }) => isRange(parseBind(text))).length;
  if (ranges > 0 && listens.counts.ranges + ranges > maxRanges) return `the listens before it bind ${maxRanges} ranges of ports already`;
  const clash = listen.binds.map(({ text }) => bindClash(parseBind(text), listen.shared, listens)).find((name) => name !== null);
  if (clash !== undefined) return `listen ${clash} binds the same address, and HAProxy would split the traffic between them`;
  const first = listens.all.find((other) => other.domain !== null)?.domain ?? null;
  if (first !== null && domain !== null && first !== domain)
    return `its service is in the domain ${domain}, and others are in ${first}: podfront serves one cluster`;
  const nodes = nodesIn(servers);
  const other = nodes.find(({ name, address }) => (listens.nodeAddresses.get(name) ?? address) !== address);
  if (other !== undefined)
    return `its ${other.name} is ${other.address}, and that of a listen before it is ${listens.nodeAddresses.get(other.name)}`;
  if (nodes.length === 0 || listens.nodeLists.has(keyOf(nodes))) return null;
  if (listens.nodeLists.size >= maxNodeLists) return `the listens before it have ${maxNodeLists} different lists of addresses already`;
  return areInOrder([...listens.nodeLists.values(), nodes])
    ? null
    : 'its addresses are in another order than those of the listens before it';
}

/** The listen that binds the same address and port; null without one. */
function bindClash(bind: Bind, shared: string | null, { ports, claims, ranges }: ImportedListens): string | null {
  const address = addressOf(bind);
  const every = everyAddress(bind);
  const single = !isRange(bind);
  const atPort = single ? ports.get(bind.firstPort) : undefined;
  const isOther = (claim: Claim | undefined): claim is Claim => claim !== undefined && (shared === null || claim.shared !== shared);
  const exact = [atPort?.get(address), atPort?.get(every)].find(isOther);
  if (exact !== undefined) return exact.listen;
  // A single port was looked up. The rest are ranges, and all binds where this one is a range or binds every address.
  const others = single && address !== every ? ranges : claims;
  const lists = address === every ? [...others.values()] : [others.get(address) ?? [], others.get(every) ?? []];
  for (const list of lists) for (const claim of list) if (isOther(claim) && overlaps(claim.bind, bind)) return claim.listen;
  return null;
}

const isRange = ({ firstPort, lastPort }: Bind): boolean => firstPort !== lastPort;

function append(claims: Map<string, Claim[]>, address: string, claim: Claim): void {
  const list = claims.get(address);
  if (list === undefined) claims.set(address, [claim]);
  else list.push(claim);
}

function addressOf(bind: Bind): string {
  return `${bind.host?.family ?? 4} ${bind.host?.value ?? 0n}`;
}

/** The wildcard address of the family. */
function everyAddress(bind: Bind): string {
  return `${bind.host?.family ?? 4} 0`;
}

/** The servers by address of all listens, each name once. */
export function importedNodes({ nodeLists }: ImportedListens): Nodes {
  return mergedNodes([...nodeLists.values()]);
}

/** The union of the lists, the longest first, because it most likely has the others in their order. */
function mergedNodes(lists: readonly Nodes[]): Nodes {
  const longestFirst = [...lists].sort((a, b) => b.length - a.length);
  return [...new Map(longestFirst.flat().map((node) => [node.name, node])).values()];
}

/** Whether one order of nodes suits all lists: podfront keeps the nodes of all listens in one order, on which `balance first` depends. */
function areInOrder(lists: readonly Nodes[]): boolean {
  const place = new Map(mergedNodes(lists).map(({ name }, at) => [name, at]));
  return lists.every((nodes) =>
    nodes.every(({ name }, at) => at === 0 || (place.get(nodes[at - 1]?.name ?? '') ?? 0) < (place.get(name) ?? 0)),
  );
}

function nodesIn(servers: readonly ProxyServer[]): Nodes {
  return servers.flatMap(({ id, target }) => (target.kind === 'address' ? [{ name: id, address: target.address.text }] : []));
}

function keyOf(nodes: Nodes): string {
  return nodes.map(({ name }) => name).join(' ');
}
