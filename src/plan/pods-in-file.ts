import type { Config } from '../config/config.ts';
import { listenBlocks } from '../haproxy/file/sections.ts';
import { readStartAddresses } from '../haproxy/file/slot-lines.ts';
import { parseAddress } from '../ip/address.ts';
import type { Endpoint } from '../source/observation.ts';

/** The pods that servers of a file start with, by listen; listens without pods are left out. */
export function podsInFile(file: string, { listens }: Config): ReadonlyMap<string, { readonly endpoints: readonly Endpoint[] }> {
  const blocks = listenBlocks(file);
  return new Map(
    listens.flatMap(({ name, destination }) => {
      const block = blocks.get(name);
      if (block === undefined || destination.kind !== 'pods') return [];
      const endpoints = [...readStartAddresses(block)].flatMap(([server, target]) => (server === 'service' ? [] : endpointOf(target)));
      return endpoints.length === 0 ? [] : [[name, { endpoints }] as const];
    }),
  );
}

function endpointOf(target: string): readonly Endpoint[] {
  const [, host = '', port = ''] = /^\[?([0-9A-Fa-f.:]+?)\]?:(\d{1,5})$/.exec(target) ?? [];
  const address = parseAddress(host);
  return address === null ? [] : [{ address, port: Number(port), details: null }];
}
