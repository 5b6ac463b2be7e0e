/** Faults in the files that `basicAuth` names. No text may contain a hash. */
export const authProblems = {
  'auth.invalid': { exit: 2, message: '{file} has {count}', hint: 'nothing was changed; correct the lines above' },
  'auth.unreadable': {
    exit: 2,
    message: 'cannot read {file}, which basicAuth of listen {listen} names: {why}',
    hint: 'check the path, and give podfront read access: the group that podfront runs with, mode 0640',
  },
  'auth.line': {
    exit: 2,
    message: 'this line does not define a user: {why}',
    hint: 'write user:hash, or user:hash:GROUP,GROUP where group is used without groupFile',
  },
  'auth.hash': {
    exit: 2,
    message: 'HAProxy cannot verify the password of {user}: it is {kind}',
    hint: 'write a hash of crypt(3): mkpasswd -m sha-512, or openssl passwd -6',
  },
  'auth.no-group': { exit: 2, message: 'it has no group {group}', hint: 'check group and groupFile of basicAuth' },
  'auth.nobody': { exit: 2, message: '{who}, so no one could log in', hint: '{hint}' },
  'auth.left-out': {
    exit: 2,
    message: 'the templates leave out the basic authentication of listen {listen}',
    hint: 'start again from the built-in listen.mustache, which has the rules and the users',
  },
  'auth.hidden': {
    exit: 2,
    message: 'password hashes are not written to stdout; {shown} stands for each of them',
    hint: 'name an OUTPUT to write the file that HAProxy needs',
  },
} as const;
