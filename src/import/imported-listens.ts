import { type Bind, overlaps, parseBind } from '../haproxy-syntax/bind.ts';
import type { WholeProxy } from './effective.ts';
import type { Imported, ImportedListen } from './model.ts';
import type { ServerLine } from './servers.ts';

/** A listen that is imported, and what it was read from. */
export interface ImportedProxy {
  readonly proxy: WholeProxy;
  readonly listen: ImportedListen;
  readonly servers: readonly ServerLine[];
  readonly domain: string | null;
}

interface Claim {
  readonly bind: Bind;
  readonly listen: string;
}

type Nodes = Imported['nodes'];

/** The listens imported so far, with indexes that tell in constant time whether another fits beside them. */
export interface ImportedListens {
  readonly all: ImportedProxy[];
  readonly names: Set<string>;
  /** Binds of one port, by family and port, and there by address. */
  readonly ports: Map<string, Map<string, Claim>>;
  /** Binds of a range of ports. */
  readonly ranges: Claim[];
  /** Each list of nodes once. */
  readonly nodeLists: Map<string, Nodes>;
  readonly nodeAddresses: Map<string, string>;
}

/** Different lists of nodes that are compared with each other. */
const mostNodeLists = 200;

export function noListens(): ImportedListens {
  return { all: [], names: new Set(), ports: new Map(), ranges: [], nodeLists: new Map(), nodeAddresses: new Map() };
}

/** Adds a listen that conflicts with none. */
export function addListen(listens: ImportedListens, added: ImportedProxy): void {
  const { listen, servers } = added;
  listens.all.push(added);
  listens.names.add(listen.name);
  for (const { text } of listen.binds) {
    const bind = parseBind(text);
    const claim = { bind, listen: listen.name };
    const key = portKey(bind, bind.firstPort);
    if (bind.firstPort !== bind.lastPort) listens.ranges.push(claim);
    else listens.ports.set(key, (listens.ports.get(key) ?? new Map<string, Claim>()).set(addressOf(bind), claim));
  }
  const nodes = nodesIn(servers);
  if (nodes.length > 0) listens.nodeLists.set(keyOf(nodes), nodes);
  for (const { name, address } of nodes) listens.nodeAddresses.set(name, address);
}

/** The reason why a listen cannot be imported beside the others; null when it can. */
export function conflictOf({ listen, servers, domain }: Omit<ImportedProxy, 'proxy'>, listens: ImportedListens): string | null {
  if (listens.names.has(listen.name)) return 'there is another listen of that name';
  const clash = listen.binds.map(({ text }) => bindClash(parseBind(text), listens)).find((name) => name !== null);
  if (clash !== undefined) return `listen ${clash} binds the same address, and HAProxy would split the traffic between them`;
  const first = listens.all.find((other) => other.domain !== null)?.domain ?? null;
  if (first !== null && domain !== null && first !== domain)
    return `its service is in the domain ${domain}, and others are in ${first}: podfront serves one cluster`;
  const nodes = nodesIn(servers);
  const other = nodes.find(({ name, address }) => (listens.nodeAddresses.get(name) ?? address) !== address);
  if (other !== undefined)
    return `its ${other.name} is ${other.address}, and that of a listen before it is ${listens.nodeAddresses.get(other.name)}`;
  if (nodes.length === 0 || listens.nodeLists.has(keyOf(nodes))) return null;
  if (listens.nodeLists.size >= mostNodeLists) return `the listens before it have ${mostNodeLists} different lists of addresses already`;
  return areInOrder([...listens.nodeLists.values(), nodes])
    ? null
    : 'its addresses are in another order than those of the listens before it';
}

/** The listen that binds the same address and port; null without one. */
function bindClash(bind: Bind, listens: ImportedListens): string | null {
  const range = listens.ranges.find((claim) => overlaps(claim.bind, bind));
  if (range !== undefined) return range.listen;
  for (let port = bind.firstPort; port <= bind.lastPort; port++) {
    const claims = listens.ports.get(portKey(bind, port));
    if (claims === undefined) continue;
    const clash = isEveryAddress(bind) ? [...claims.values()][0] : (claims.get(addressOf(bind)) ?? claims.get('0'));
    if (clash !== undefined) return clash.listen;
  }
  return null;
}

function portKey(bind: Bind, port: number): string {
  return `${bind.host?.family ?? 4} ${port}`;
}

/** `0` for every address of the family. */
function addressOf(bind: Bind): string {
  return (bind.host?.value ?? 0n).toString();
}

function isEveryAddress(bind: Bind): boolean {
  return addressOf(bind) === '0';
}

/** The servers by address of all listens, each name once. */
export function nodesOf({ nodeLists }: ImportedListens): Nodes {
  return mergedNodes([...nodeLists.values()]);
}

/** The longest list first, which most likely has the others in their order. */
function mergedNodes(lists: readonly Nodes[]): Nodes {
  const longestFirst = [...lists].sort((a, b) => b.length - a.length);
  return [...new Map(longestFirst.flat().map((node) => [node.name, node])).values()];
}

/** podfront keeps the nodes of all listens in one order, on which `balance first` depends. */
function areInOrder(lists: readonly Nodes[]): boolean {
  const place = new Map(mergedNodes(lists).map(({ name }, at) => [name, at]));
  return lists.every((nodes) =>
    nodes.every(({ name }, at) => at === 0 || (place.get(nodes[at - 1]?.name ?? '') ?? 0) < (place.get(name) ?? 0)),
  );
}

function nodesIn(servers: readonly ServerLine[]): Nodes {
  return servers.flatMap(({ id, target }) => (target.kind === 'address' ? [{ name: id, address: target.address.text }] : []));
}

function keyOf(nodes: Nodes): string {
  return nodes.map(({ name }) => name).join(' ');
}
