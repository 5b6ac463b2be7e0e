import { problem } from '../problem/problem.ts';
import type { Io } from '../system/process.ts';
import type { StatusAddress } from './config.ts';
import { readConfig } from './load.ts';
import { readStatus } from './values/haproxy.ts';
import { valueAt } from './yaml/faults.ts';
import { readYamlSource } from './yaml/source.ts';

/**
 * Reads only the status address from the configuration, whatever other faults it has: while a faulty configuration is refused,
 * the daemon continues with the previous one.
 * @throws Problem config.not-found, config.unreadable, status.not-configured
 */
export async function loadStatusAddress(
  io: Pick<Io, 'env' | 'cwd' | 'signal' | 'stdin'>,
  flag: string | undefined,
): Promise<StatusAddress> {
  const { text, displayName } = await readConfig(io, flag);
  const { value, faults } = readYamlSource(text, displayName);
  const written = faults.length === 0 ? valueAt(value, ['status']) : statusLine(text);
  const address = typeof written === 'string' ? readStatus(written) : null;
  if (address === null) throw problem('status.not-configured', { file: displayName });
  return address;
}

/** The value of the key `status` in a text that is not YAML: of a line that begins with it. */
function statusLine(text: string): string | undefined {
  return /^["']?status["']?:[ \t]+["']?([^"'#\s]+)/m.exec(text)?.[1];
}
