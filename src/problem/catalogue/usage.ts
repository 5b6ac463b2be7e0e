/** Wrong use of the command line, and defects of podfront. */
export const usageProblems = {
  'usage.arguments': { exit: 2, message: '{what}', hint: 'see {command} --help' },
  'usage.misspelled': { exit: 2, message: '{what}', hint: 'did you mean {nearest}? see {command} --help' },
  'usage.unreadable': { exit: 2, message: 'cannot read {file}: {why}', hint: 'name a regular file that this user may read' },
  'usage.no-such-listen': { exit: 2, message: 'there is no listen named {name}', hint: 'the configuration has: {known}' },
  'usage.file-exists': { exit: 2, message: '{file} already exists', hint: 'name another file, or pass --force to replace it' },
  'usage.unwritable': { exit: 2, message: 'cannot write {file}: {why}', hint: 'name a file in a folder you may write to' },
  defect: {
    exit: 70,
    message: 'this is a defect of podfront: {what}',
    hint: 'please report it with the output of the same command under --log-level debug',
  },
} as const;
