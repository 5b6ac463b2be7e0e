import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { problem } from '../../problem/problem.ts';
import type { Io } from '../../system/process.ts';
import { addFault, type Inventory } from '../facts/inventory.ts';
import { addIpJson } from './ip-json.ts';
import { addList } from './list.ts';
import { addNameservers } from './resolv-conf.ts';

/** Files that describe a host: any of them replaces asking this one. */
export interface HostFiles {
  readonly addresses?: string;
  readonly routes?: string;
  readonly resolvConf?: string;
}

/** Adds a list of networks; `-` is standard input. */
export async function addListFile(inventory: Inventory, io: Pick<Io, 'cwd' | 'stdin'>, file: string): Promise<void> {
  if (file === '-') addList(inventory, await io.stdin(), 'stdin');
  else withFile(inventory, io, file, (bytes) => addList(inventory, bytes.toString('utf8'), file));
}

/** Adds the files of a host. */
export function addHostFiles(inventory: Inventory, io: Pick<Io, 'cwd'>, { addresses, routes, resolvConf }: HostFiles): void {
  if (addresses !== undefined) withFile(inventory, io, addresses, (bytes) => addIpJson(inventory, bytes, 'addresses', addresses));
  if (routes !== undefined) withFile(inventory, io, routes, (bytes) => addIpJson(inventory, bytes, 'routes', routes));
  if (resolvConf !== undefined)
    withFile(inventory, io, resolvConf, (bytes) => addNameservers(inventory, bytes.toString('utf8'), resolvConf));
}

/** Reads a file; one that cannot be read becomes a fault and hides no other. */
function withFile(inventory: Inventory, { cwd }: Pick<Io, 'cwd'>, file: string, add: (bytes: Buffer) => void): void {
  let bytes: Buffer;
  try {
    bytes = readFileSync(resolve(cwd, file));
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === undefined) throw error;
    addFault(inventory, file, () => problem('usage.unreadable', { file, why: systemErrorText(code) }));
    return;
  }
  add(bytes);
}

/** What a system error code means, in words; the code itself where there are none. */
export function systemErrorText(code: string): string {
  return texts[code] ?? code;
}

const texts: Readonly<Record<string, string>> = {
  ENOENT: 'there is no such file or folder',
  EACCES: 'permission denied',
  EISDIR: 'it is a folder',
  ENOTDIR: 'a part of its path is not a folder',
  ERR_FS_FILE_TOO_LARGE: 'it is larger than 2 GiB',
};
