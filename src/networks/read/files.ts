import { resolve } from 'node:path';
import { problem } from '../../problem/problem.ts';
import type { Io } from '../../system/process.ts';
import { readInput } from '../../system/read-file.ts';
import { addFault, type Inventory } from '../facts/inventory.ts';
import { addIpJson } from './ip-json.ts';
import { addList } from './list.ts';
import { addNameservers } from './resolv-conf.ts';

/** Files that describe a host. When one is given, this host is not asked. */
export interface HostFiles {
  readonly addresses?: string;
  readonly routes?: string;
  readonly resolvConf?: string;
}

/** The largest files that are read, in bytes: enough for 3 million lines, for two full routing tables, and for any number of name servers. */
const maxBytes = { list: 64 * 1024 * 1024, json: 256 * 1024 * 1024, resolvConf: 1024 * 1024 } as const;

type FileIo = Pick<Io, 'cwd' | 'signal'>;

/** Adds a list of networks; `-` is standard input. */
export async function addListFile(inventory: Inventory, io: FileIo & Pick<Io, 'stdin'>, file: string): Promise<void> {
  if (file === '-') addList(inventory, await io.stdin(), 'stdin');
  else await withFile(inventory, io, file, maxBytes.list, (bytes) => addList(inventory, bytes.toString('utf8'), file));
}

/** Adds the files of a host. */
export async function addHostFiles(inventory: Inventory, io: FileIo, { addresses, routes, resolvConf }: HostFiles): Promise<void> {
  for (const [kind, file] of [['addresses', addresses] as const, ['routes', routes] as const])
    if (file !== undefined) await withFile(inventory, io, file, maxBytes.json, (bytes) => addIpJson(inventory, bytes, kind, file));
  if (resolvConf !== undefined)
    await withFile(inventory, io, resolvConf, maxBytes.resolvConf, (bytes) =>
      addNameservers(inventory, bytes.toString('utf8'), resolvConf),
    );
}

/** Reads a file; one that cannot be read becomes a fault and hides no other. */
async function withFile(
  inventory: Inventory,
  { cwd, signal }: FileIo,
  file: string,
  maxBytes: number,
  add: (bytes: Buffer) => void,
): Promise<void> {
  const content = await readInput(resolve(cwd, file), maxBytes, signal);
  if (content.kind === 'content') add(content.bytes);
  else {
    const why = content.kind === 'absent' ? 'there is no such file or folder' : content.why;
    addFault(inventory, file, () => problem('usage.unreadable', { file, why }));
  }
}
