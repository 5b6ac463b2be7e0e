import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { problem } from '../../problem/problem.ts';
import type { Io } from '../../system/process.ts';
import { readChunks } from './chunks.ts';
import { fault, type Inventory } from './inventory.ts';
import { fileReader, hostReader } from './ip-json.ts';
import { readList } from './list.ts';
import { takeNameservers } from './resolv-conf.ts';
import { readHost } from './this-host.ts';

/** Files that stand for a host: any of them replaces asking this one. */
export interface HostFiles {
  readonly addresses?: string;
  readonly routes?: string;
  readonly resolvConf?: string;
}

/** Takes in a list of networks; `-` is standard input. */
export async function takeList(io: Pick<Io, 'cwd' | 'stdin'>, file: string, intake: Inventory): Promise<void> {
  if (file === '-') readList(Buffer.from(await io.stdin()), 'stdin', intake);
  else attempt(file, intake, () => readList(readFileSync(resolve(io.cwd, file)), file, intake));
}

/** Takes in the files of a host. */
export function takeHostFiles({ cwd }: Pick<Io, 'cwd'>, { addresses, routes, resolvConf }: HostFiles, intake: Inventory): void {
  for (const [kind, file] of [['addresses', addresses] as const, ['routes', routes] as const]) {
    if (file === undefined) continue;
    const reader = fileReader(kind, file, intake);
    if (attempt(file, intake, () => readChunks(resolve(cwd, file), reader.push))) reader.end();
  }
  if (resolvConf === undefined) return;
  attempt(resolvConf, intake, () => takeNameservers(readFileSync(resolve(cwd, resolvConf), 'utf8'), resolvConf, intake));
}

/** Takes in this machine. Returns why iproute2 could not be asked, or null when it was. */
export function takeThisHost(io: Pick<Io, 'env' | 'signal'>, intake: Inventory): Promise<string | null> {
  const reader = hostReader(intake);
  return readHost(io, {
    json: reader.push,
    entries: (interfaces, routes) => {
      for (const entry of [...interfaces, ...routes]) reader.entry(entry);
    },
    resolvConf: (text, file) => takeNameservers(text, file, intake),
  });
}

/** Runs a reading; a file that cannot be read is a fault as a line is that cannot. */
function attempt(file: string, intake: Inventory, read: () => unknown): boolean {
  try {
    read();
    return true;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === undefined) throw error;
    fault(intake, file, () => problem('usage.unreadable', { file, why: whyUnreadable(code) }));
    return false;
  }
}

/** What a system error code means, in words; the code itself where there are none. */
export function whyUnreadable(code: string): string {
  return reasons[code] ?? code;
}

const reasons: Readonly<Record<string, string>> = {
  ENOENT: 'there is no such file or folder',
  EACCES: 'permission denied',
  EISDIR: 'it is a folder',
  ENOTDIR: 'a part of its path is no folder',
  ERR_FS_FILE_TOO_LARGE: 'it is larger than 2 GiB',
};
