/** Wrong use of the command line, and defects of podfront. */
export const usageProblems = {
  'usage.arguments': { exit: 2, message: '{what}', hint: 'see {command} --help' },
  'usage.misspelled': { exit: 2, message: '{what}', hint: 'did you mean {nearest}? see {command} --help' },
  'usage.unreadable': { exit: 2, message: 'cannot read {file}: {why}', hint: 'name a regular file that this user may read' },
  'usage.no-such-listen': { exit: 2, message: 'there is no listen named {name}', hint: 'the configuration has: {known}' },
  'usage.file-exists': { exit: 2, message: '{file} already exists', hint: 'name another file, or pass --force to replace it' },
  'usage.unwritable': { exit: 2, message: 'cannot write {file}: {why}', hint: 'name a file in a folder you may write to' },
  'usage.stdout': {
    exit: 5,
    message: 'cannot write to standard output: {why}',
    hint: 'the output is incomplete; name an OUTPUT, or redirect standard output to a file or program that takes it',
  },
  'usage.no-working-directory': {
    exit: 2,
    message: 'the working directory no longer exists',
    hint: 'change to another directory, such as cd /, and try again',
  },
  defect: {
    exit: 70,
    message: 'this is a defect of podfront: {what}',
    hint: 'please report it with the output of the same command under --log-level debug',
  },
} as const;
