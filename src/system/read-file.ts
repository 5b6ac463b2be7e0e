import { readFile } from 'node:fs/promises';
import { problem } from '../problem/problem.ts';

/**
 * The output as it is; null when there is none.
 * @throws Problem `usage.unreadable`
 */
export async function readOutput(file: string): Promise<string | null> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT') return null;
    throw problem('usage.unreadable', { file, why: code ?? String(error) });
  }
}
