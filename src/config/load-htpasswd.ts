import { Problem, problem, problemWith } from '../problem/problem.ts';
import { readFileBounded } from '../system/read-file.ts';
import type { Config } from './config.ts';
import { type Account, type Accounts, parseHtpasswd } from './htpasswd.ts';

/** The largest file that is read, in bytes. */
const maxBytes = 1024 * 1024;

/**
 * Reads the users of every listen with `basicAuth`.
 * @throws Problem `auth.*`, with file and line; the faults of all listens at once
 */
export function loadHtpasswd(config: Config): Accounts {
  const accounts = new Map<string, readonly Account[]>();
  const faults: Problem[] = [];
  for (const { name, basicAuth } of config.listens) {
    if (basicAuth === null) continue;
    try {
      const { file, groupFile } = basicAuth;
      accounts.set(name, parseHtpasswd(basicAuth, text(file, name), groupFile === null ? null : text(groupFile, name)));
    } catch (error) {
      if (!(error instanceof Problem)) throw error;
      faults.push(error);
    }
  }
  const [only] = faults;
  if (only !== undefined && faults.length === 1) throw only;
  if (faults.length > 0)
    throw problemWith({ parts: faults.flatMap(({ parts }, i) => (parts.length > 0 ? parts : faults.slice(i, i + 1))) }, 'auth.invalid', {
      file: 'basicAuth',
      count: `${faults.length} faults`,
    });
  return accounts;
}

function text(file: string, listen: string): string {
  const content = readFileBounded(file, maxBytes);
  if (content.kind === 'content') return content.bytes.toString('utf8');
  throw problem('auth.unreadable', { file, listen, why: content.kind === 'absent' ? 'there is no such file' : content.why });
}
