/** Problems of the machine: files, processes, memory. */
export const systemProblems = {
  'system.not-started': { exit: 5, message: '{program} cannot be started: {what}', hint: '{remedy}' },
  'system.shortage': { exit: 5, message: '{what}', hint: '{remedy}' },
  'system.temporary-folder': {
    exit: 5,
    message: 'cannot write a temporary file to {folder}: {why}',
    hint: 'set TMPDIR to a folder with some space that this user may write to',
  },
  'system.foreign-link': {
    exit: 5,
    message: 'the symlink {link} belongs to user {owner}, who could lead podfront to any file: it is not followed',
    hint: 'name the file itself; or, if the link is yours: chown -h {own} {link}',
  },
} as const;
