import { type Account, parseHtpasswd } from '../config/htpasswd.ts';
import { readGroup } from '../config/values/front.ts';
import { isValid, orProblem, Problem } from '../problem/problem.ts';
import type { Section } from './section.ts';

/** A `userlist` (configuration manual 3.4) converted to a file for `basicAuth`, or the reason why that is not possible. */
export type Userlist =
  | {
      readonly kind: 'readable';
      readonly name: string;
      /** The number of users. */
      readonly size: number;
      readonly htpasswd: string;
      readonly accounts: (group: string | null) => readonly Account[];
    }
  | { readonly kind: 'unreadable'; readonly name: string; readonly why: string };

/** The bounds of hashing: users with a clear-text password, each of which takes some 20 ms, and bytes of a password. */
const maxHashed = { users: 200, bytes: 256 };

/**
 * Reads a userlist section. `why` never contains a password.
 *
 * @param hashed makes the hash of a clear-text password; null where lists with such passwords are not read
 */
export function userlistOf({ name, lines }: Section, hashed: ((password: string) => string) | null): Userlist {
  const unreadable = (why: string): Userlist => ({ kind: 'unreadable', name, why });
  const users = new Map<string, { readonly hash: string; readonly groups: Set<string> }>();
  const members: (readonly [string, string])[] = [];
  let inClear = 0;
  for (const { words, number } of lines) {
    const [keyword, id = '', ...rest] = words;
    const [one, value = '', two, groups = '', ...more] = rest;
    if (keyword === 'group' && !rest.some((word, i) => (i === 0 ? word !== 'users' : i > 1)))
      for (const user of value.split(',').filter((word) => word !== '')) members.push([user, id]);
    else if (keyword === 'user' && one === 'insecure-password' && (hashed === null || !isHashable(value, ++inClear)))
      return unreadable(`the password of ${id} is in clear text`);
    else if (isUser(one, hashed) && keyword === 'user' && (two === undefined || two === 'groups') && more.length === 0 && !users.has(id))
      users.set(id, {
        hash: one === 'password' || hashed === null ? value : hashed(value),
        groups: new Set(groups.split(',').filter((word) => word !== '')),
      });
    else return unreadable(`its line ${number} is not understood`);
  }
  for (const [user, group] of members) {
    const entry = users.get(user);
    if (entry === undefined) return unreadable(`its group ${group} has the user ${user}, who is not there`);
    entry.groups.add(group);
  }
  const badGroup = [...users.values()].flatMap(({ groups }) => [...groups]).find((group) => !isGroup(group));
  if (badGroup !== undefined) return unreadable(`${badGroup} is not the name of a group in podfront`);
  const htpasswd = [...users]
    .map(([user, { hash, groups }]) => `${user}:${hash}${groups.size === 0 ? '' : `:${[...groups].join(',')}`}\n`)
    .join('');
  // Thousands of listens may share a list of thousands of users.
  const parsed = new Map<string | null, readonly Account[]>();
  const accounts = (group: string | null) => {
    const members = parsed.get(group) ?? parseHtpasswd({ file: name, group, groupFile: null }, htpasswd, null);
    parsed.set(group, members);
    return members;
  };
  const all = orProblem(() => accounts(null));
  if (all instanceof Problem) return unreadable((all.parts[0] ?? all).message);
  return { kind: 'readable', name, size: users.size, htpasswd, accounts };
}

function isUser(how: string | undefined, hashed: unknown): boolean {
  return how === 'password' || (how === 'insecure-password' && hashed !== null);
}

function isHashable(password: string, count: number): boolean {
  return count <= maxHashed.users && Buffer.byteLength(password) <= maxHashed.bytes;
}

/** Whether a text is valid as `basicAuth.group`. */
export function isGroup(text: string): boolean {
  return isValid(() => readGroup(text));
}

/** The name of the file for a list. Two lists never share one: replaced characters are written in hexadecimal. */
export function usersFileName(list: string): string {
  return `${list.replace(/[^A-Za-z0-9_-]/g, (c) => `.${c.charCodeAt(0).toString(16)}`)}.htpasswd`;
}
