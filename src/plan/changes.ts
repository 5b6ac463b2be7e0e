import { isRuntimeListen } from '../haproxy/file/pod-lines.ts';
import { blocksOf, listenBlocks } from '../haproxy/file/sections.ts';
import { readSlots, readStartAddresses, withoutSeeds, withoutServers } from '../haproxy/file/slot-lines.ts';

/** A server that only one of two files has an address for. */
export interface ServerChange {
  readonly server: string;
  /** `address:port` */
  readonly address: string;
}

/** A server that has another address in the second file. */
export interface MovedServer {
  readonly server: string;
  readonly from: string;
  readonly to: string;
}

/** The difference of one listen between two files. */
export interface ListenChange {
  readonly listen: string;
  /** Whether only one of the files has the listen. */
  readonly kind: 'added' | 'removed' | 'changed';
  /** Servers that have an address in the second file only. A slot that fills is one. */
  readonly added: readonly ServerChange[];
  /** Servers that have an address in the first file only. A slot that empties is one. */
  readonly removed: readonly ServerChange[];
  readonly moved: readonly MovedServer[];
  /** The numbers of pods that have a server, where they differ. */
  readonly pods: { readonly from: number; readonly to: number } | null;
  /** The numbers of slots, where they differ. */
  readonly slots: { readonly from: number; readonly to: number } | null;
  /** Whether anything but servers and the number of slots differs. */
  readonly otherLines: boolean;
  /** Whether its pods are changed at run time, in both files. */
  readonly runtime: boolean;
  /** Whether the change takes a reload; not when HAProxy's own resolver follows everything that differs. */
  readonly needsReload: boolean;
}

/** The difference between two files. */
export interface FileChanges {
  /** The listens that differ, in the order of the second file, then those that it lacks. */
  readonly listens: readonly ListenChange[];
  /** Whether anything outside of the listens differs: global, defaults, resolvers, frontends, peers, stats. */
  readonly otherSections: boolean;
}

/** Compares two files of podfront, such as the current and the desired one. `from` is null where there is none. */
export function changesBetween(from: string | null, to: string): FileChanges {
  if (from === to) return { listens: [], otherSections: false };
  const [before, after] = [listenBlocks(from ?? ''), listenBlocks(to)];
  const names = [...after.keys(), ...[...before.keys()].filter((name) => !after.has(name))];
  return {
    listens: names.flatMap((name) => {
      const [old, fresh] = [before.get(name) ?? null, after.get(name) ?? null];
      return old === fresh ? [] : [listenChange(name, old, fresh)];
    }),
    otherSections: others(from ?? '') !== others(to),
  };
}

function listenChange(listen: string, from: string | null, to: string | null): ListenChange {
  const [before, after] = [readStartAddresses(from ?? ''), readStartAddresses(to ?? '')];
  const changed = [...after].filter(([server, address]) => before.get(server) !== address);
  const slots = { from: slotsIn(from), to: slotsIn(to) };
  const runtime = isRuntimeListen(from ?? '') && isRuntimeListen(to ?? '');
  const pods = { from: podsIn(before), to: podsIn(after) };
  const arePods = runtime || slots.from + slots.to > 0;
  const needsReload = from === null || to === null || withoutSeeds(from) !== withoutSeeds(to);
  return {
    listen,
    kind: from === null ? 'added' : to === null ? 'removed' : 'changed',
    added: changed.flatMap(([server, address]) => (before.has(server) ? [] : { server, address })),
    removed: [...before].flatMap(([server, address]) => (after.has(server) ? [] : { server, address })),
    moved: changed.flatMap(([server, address]) => {
      const was = before.get(server);
      return was === undefined ? [] : { server, from: was, to: address };
    }),
    pods: !arePods || pods.from === pods.to ? null : pods,
    slots: slots.from === slots.to ? null : slots,
    otherLines: needsReload && withoutServers(from ?? '') !== withoutServers(to ?? ''),
    runtime,
    needsReload,
  };
}

/** All servers but the ClusterIP, which is `service`. */
function podsIn(addresses: ReadonlyMap<string, string>): number {
  return addresses.size - (addresses.has('service') ? 1 : 0);
}

function slotsIn(block: string | null): number {
  const [slots] = readSlots(block ?? '').values();
  return slots?.count ?? 0;
}

function others(file: string): string {
  return blocksOf(file)
    .filter(({ listen }) => listen === null)
    .map(({ text }) => text)
    .join('');
}
