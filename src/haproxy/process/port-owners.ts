import { readdir, readFile, readlink } from 'node:fs/promises';

/** A process that holds a socket. */
export interface PortOwner {
  readonly pid: number;
  /** Its program, as /proc/PID/comm has it: 15 characters at most. */
  readonly name: string;
}

/**
 * Who holds the sockets with these inodes (proc(5), /proc/PID/fd). The processes of other users are shown to root only: what is
 * not among the answers is not known.
 */
export async function portOwners(inodes: ReadonlySet<string>): Promise<ReadonlyMap<string, PortOwner>> {
  const found = new Map<string, PortOwner>();
  if (inodes.size === 0) return found;
  const pids = (await readdir('/proc').catch(() => [])).filter((name) => /^\d+$/.test(name));
  for (const pid of pids) {
    if (found.size === inodes.size) break;
    for (const inode of await socketsOf(pid)) {
      if (!inodes.has(inode) || found.has(inode)) continue;
      const name = (await readFile(`/proc/${pid}/comm`, 'utf8').catch(() => '')).trim();
      if (name !== '') found.set(inode, { pid: Number(pid), name });
    }
  }
  return found;
}

async function socketsOf(pid: string): Promise<readonly string[]> {
  const folder = `/proc/${pid}/fd`;
  const links = (await readdir(folder).catch(() => [])).map((fd) => readlink(`${folder}/${fd}`).catch(() => ''));
  return (await Promise.all(links)).flatMap((link) => /^socket:\[(\d+)\]$/.exec(link)?.[1] ?? []);
}
