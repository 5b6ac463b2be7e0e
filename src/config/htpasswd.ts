import { isWord } from '../haproxy-syntax/word.ts';
import { atPlace, type Problem, problem, problemWith } from '../problem/problem.ts';
import type { BasicAuth } from './config.ts';

/** A user of a listen. The hash is a secret: see secrets.ts. */
export interface Account {
  readonly user: string;
  readonly hash: string;
}

/** The users of each listen, by its name. */
export type Accounts = ReadonlyMap<string, readonly Account[]>;

/**
 * The crypt(5) hashes that HAProxy verifies with the C library of Debian 12 (libxcrypt; measured with HAProxy 2.6). Others pass
 * `haproxy -c` and then no password matches. DES is left out, because a DES hash cannot be told from a clear-text password.
 */
const hashes: readonly RegExp[] = [
  /^\$1\$[./\w]{1,8}\$[./\w]{22}$/,
  /^\$5\$(rounds=[1-9]\d{3,8}\$)?[./\w-]{1,16}\$[./\w]{43}$/,
  /^\$6\$(rounds=[1-9]\d{3,8}\$)?[./\w-]{1,16}\$[./\w]{86}$/,
  /^\$2[aby]\$(0[4-9]|[12]\d|3[01])\$[./\w]{53}$/,
  /^\$g?y\$[./\w]+\$[./\w]{0,86}\$[./\w]{43}$/,
];

/**
 * Reads the users of a listen from its htpasswd-style file: all of them, or the members of the group.
 *
 * @param text the content of `file`
 * @param groups the content of `groupFile`; null when there is none
 * @throws Problem `auth.*` with file and line; every fault at once. No message contains a hash.
 */
export function parseHtpasswd({ file, group, groupFile }: BasicAuth, text: string, groups: string | null): readonly Account[] {
  const faults: Problem[] = [];
  const users = new Set<string>();
  const members = group === null || groupFile === null || groups === null ? null : membersIn(groups, group, groupFile);
  const accounts = text.split('\n').flatMap((line, i): Account[] => {
    if (/^\s*(#|$)/.test(line)) return [];
    const fault = (found: Problem) => {
      faults.push(atPlace(found, { file, line: i + 1 }));
      return [];
    };
    const [user = '', hash = '', third = '', ...more] = line.replace(/\r$/, '').split(':');
    if (line.split(':').length < 2 || more.length > 0)
      return fault(problem('auth.line', { why: 'it is not user:hash or user:hash:GROUP,GROUP' }));
    if (user === '' || user.length > 128 || !isWord(user))
      return fault(problem('auth.line', { why: 'the user name is not one word of HAProxy' }));
    if (users.has(user)) return fault(problem('auth.line', { why: `the user ${user} occurs twice` }));
    users.add(user);
    if (!hashes.some((known) => known.test(hash))) return fault(problem('auth.hash', { user, kind: kindOf(hash) }));
    const isMember =
      group === null ||
      (members === null
        ? third
            .split(',')
            .map((one) => one.trim())
            .includes(group)
        : members.has(user));
    return isMember ? [{ user, hash }] : [];
  });
  if (faults.length > 0)
    throw problemWith({ parts: faults }, 'auth.invalid', { file, count: faults.length === 1 ? '1 fault' : `${faults.length} faults` });
  if (accounts.length === 0) throw noUsers(file, group, groupFile);
  return accounts;
}

/** The kind of the hash, in words; never the hash itself. */
function kindOf(hash: string): string {
  const id = /^\$([a-z0-9]{1,8})\$/.exec(hash)?.[1];
  if (id !== undefined) return hashes.some((known) => known.source.startsWith(`^\\$${id}`)) ? `a damaged $${id}$ hash` : `a $${id}$ hash`;
  if (/^\{[A-Za-z0-9]{1,10}\}/.test(hash)) return `a ${/^\{\w+\}/.exec(hash)?.[0] ?? ''} hash`;
  return hash === '' ? 'empty' : 'a DES hash or a password in clear';
}

/** The members of a group in a file of the form of group(5): `name:password:gid:user,user`. */
function membersIn(text: string, group: string, file: string): ReadonlySet<string> {
  const line = text.split('\n').find((one) => one.startsWith(`${group}:`));
  if (line === undefined) throw problemWith({ at: { file } }, 'auth.no-group', { group });
  const [, , , members = ''] = line.replace(/\r$/, '').split(':');
  return new Set(members.split(',').map((one) => one.trim()));
}

function noUsers(file: string, group: string | null, groupFile: string | null): Problem {
  const hint =
    group === null
      ? 'add a user: mkpasswd -m sha-512 writes the hash'
      : groupFile === null
        ? `add :${group} after the hash of each member, or set groupFile, such as /etc/group`
        : `${groupFile} lists the members of ${group}, and none of them is a user here`;
  return problemWith({ at: { file } }, 'auth.nobody', {
    who: group === null ? 'it has no user' : `none of its users is in the group ${group}`,
    hint,
  });
}
