/**
 * The listen that a section header of our file belongs to: `listen NAME`, `backend NAME` behind a shared frontend, and
 * `userlist _users_NAME`, which follows its listen. Null for any other section, and for podfront's own.
 */
export function listenOfHeader(line: string): string | null {
  const name = /^(?:listen|backend)\s+(\S+)/.exec(line)?.[1] ?? usersOf(line);
  return name === undefined || name.startsWith('_') ? null : name;
}

/** Whether the header is that of a listen's users, which belong to its block. */
export function isUsersHeader(line: string): boolean {
  return usersOf(line) !== undefined;
}

function usersOf(line: string): string | undefined {
  return /^userlist\s+_users_(\S+)/.exec(line)?.[1];
}
