import { readFile } from 'node:fs/promises';

/** The hard limit of open file descriptors that a service started like us would have; null where /proc does not tell (proc(5)). */
export async function descriptorLimit(): Promise<number | null> {
  const text = await readFile('/proc/self/limits', 'utf8').catch(() => '');
  const hard = /^Max open files\s+\S+\s+(\d+)/m.exec(text)?.[1];
  return hard === undefined ? null : Number(hard);
}
