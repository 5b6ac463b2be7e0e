import { readdir, readFile, readlink } from 'node:fs/promises';
import type { HaproxyState } from './inspect.ts';
import { workersOf } from './proc.ts';

/** A process that holds a socket. */
export interface PortOwner {
  readonly pid: number;
  /** Its program, as /proc/PID/comm has it: 15 characters at most. */
  readonly name: string;
}

/**
 * The processes that hold the sockets with these inodes (proc(5), /proc/PID/fd). Only root sees processes of other users, so
 * the owner of an inode that is missing in the result is not known.
 */
export async function portOwners(inodes: ReadonlySet<string>): Promise<ReadonlyMap<string, PortOwner>> {
  const found = new Map<string, PortOwner>();
  if (inodes.size === 0) return found;
  const pids = (await readdir('/proc').catch(() => [])).filter((name) => /^\d+$/.test(name));
  for (const pid of pids) {
    if (found.size === inodes.size) break;
    for (const inode of (await socketsOf(pid)) ?? []) {
      if (!inodes.has(inode) || found.has(inode)) continue;
      const name = (await readFile(`/proc/${pid}/comm`, 'utf8').catch(() => '')).trim();
      if (name !== '') found.set(inode, { pid: Number(pid), name });
    }
  }
  return found;
}

/**
 * The inodes of the sockets of HAProxy's master and all its workers; null where they are not shown, because only root and HAProxy's own
 * user may see them. A HAProxy that does not run has none.
 */
export async function haproxySockets(state: HaproxyState): Promise<ReadonlySet<string> | null> {
  if (state.kind === 'absent') return new Set();
  if (state.kind === 'unseen') return null;
  const master = state.kind === 'running' ? state.master : null;
  const workers = master === null ? [] : await workersOf(master);
  const pids = new Set([state.worker.pid, ...workers.map(({ pid }) => pid), ...(master === null ? [] : [master])]);
  const held = await Promise.all([...pids].map((pid) => socketsOf(String(pid))));
  return held.some((one) => one === null) ? null : new Set(held.flatMap((one) => one ?? []));
}

/** The inodes of the sockets of a process; null where they are not shown. */
async function socketsOf(pid: string): Promise<readonly string[] | null> {
  const folder = `/proc/${pid}/fd`;
  const names = await readdir(folder).catch(() => null);
  if (names === null) return null;
  const links = names.map((fd) => readlink(`${folder}/${fd}`).catch(() => ''));
  return (await Promise.all(links)).flatMap((link) => /^socket:\[(\d+)\]$/.exec(link)?.[1] ?? []);
}
