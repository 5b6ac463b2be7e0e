import { constants } from 'node:fs';
import { lstat, readlink } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { geteuid } from 'node:process';
import { problem } from '../problem/problem.ts';

/** The most links that are followed, as in the kernel (path_resolution(7)). */
const maxLinks = 40;

/**
 * The path with every symlink followed; its last part need not exist. A symlink of another user in a folder where that user may write
 * is not followed, whatever the kernel allows (proc_sys_fs(5): protected_symlinks applies only to sticky folders), because it could lead
 * anywhere.
 *
 * @throws Problem `system.foreign-link`, and the error of the file system where a folder, or the target of a symlink, is missing
 */
export async function followLinks(path: string): Promise<string> {
  let links = 0;
  let [done, rest] = ['/', partsOf(resolve(path))];
  let target = false;
  for (let part = rest.shift(); part !== undefined; part = rest.shift()) {
    const at = join(done, part);
    const stats = await lstat(at).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== 'ENOENT' || rest.length > 0) throw error;
      return null;
    });
    if (stats === null && target)
      throw Object.assign(new Error('ENOENT: it is a symlink to a file that does not exist'), { code: 'ENOENT' });
    if (stats?.isSymbolicLink() !== true) {
      done = at;
      continue;
    }
    if (++links > maxLinks) throw Object.assign(new Error('its symlinks go in a circle'), { code: 'ELOOP' });
    await refuseForeign(at, stats.uid);
    target ||= rest.length === 0;
    const leads = resolve(done, await readlink(at));
    [done, rest] = ['/', [...partsOf(leads), ...rest]];
  }
  return done;
}

function partsOf(path: string): string[] {
  return path.split('/').filter((part) => part !== '');
}

async function refuseForeign(link: string, owner: number): Promise<void> {
  if (isTrusted(owner)) return;
  const folder = await lstat(dirname(link));
  if (!isTrusted(folder.uid) || (folder.mode & constants.S_IWOTH) !== 0)
    throw problem('system.foreign-link', { link, owner, own: geteuid?.() ?? 0 });
}

/** Root, podfront's own user, and whoever runs podfront with sudo(8). */
function isTrusted(user: number): boolean {
  const own = geteuid?.() ?? 0;
  return user === 0 || user === own || (own === 0 && user === Number(process.env.SUDO_UID));
}
