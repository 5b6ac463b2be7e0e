import { readFile } from 'node:fs/promises';

/**
 * The hard limit of open file descriptors of a process, such as HAProxy's master; by default of this process, which is that of a service
 * started in the same way. Null where /proc does not show it (proc(5)).
 */
export async function descriptorLimit(pid: number | 'self' = 'self'): Promise<number | null> {
  const text = await readFile(`/proc/${pid}/limits`, 'utf8').catch(() => '');
  const hard = /^Max open files\s+\S+\s+(\d+)/m.exec(text)?.[1];
  return hard === undefined ? null : Number(hard);
}
