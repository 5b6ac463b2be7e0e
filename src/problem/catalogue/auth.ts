/** Faults of the files that `basicAuth` names. No sentence may hold a hash. */
export const authProblems = {
  'auth.invalid': { exit: 2, message: '{file} has {count}', hint: 'nothing was changed; mend the lines above' },
  'auth.unreadable': {
    exit: 2,
    message: 'cannot read {file}, which basicAuth of listen {listen} names: {why}',
    hint: 'check the path, and that podfront may read it: give it to the group podfront runs with, mode 0640',
  },
  'auth.line': {
    exit: 2,
    message: 'this line tells no user: {why}',
    hint: 'write user:hash, and behind a colon the groups where group is used without groupFile',
  },
  'auth.hash': {
    exit: 2,
    message: 'HAProxy cannot verify the password of {user}: it is {kind}',
    hint: 'write a hash of crypt(3): mkpasswd -m sha-512, or openssl passwd -6',
  },
  'auth.no-group': { exit: 2, message: 'there is no group {group} in it', hint: 'check group and groupFile of basicAuth' },
  'auth.nobody': { exit: 2, message: '{who}, so nobody could come in', hint: '{hint}' },
  'auth.left-out': {
    exit: 2,
    message: 'the templates leave the basic authentication of listen {listen} out',
    hint: 'take the part listen.mustache anew from the built-in one: it has rules and users now',
  },
  'auth.hidden': {
    exit: 2,
    message: 'password hashes are not written to stdout; {shown} stands for each of them',
    hint: 'name an OUTPUT to write the file HAProxy needs',
  },
} as const;
