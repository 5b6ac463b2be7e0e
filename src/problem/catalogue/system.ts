/** What the machine refuses: files, processes, memory. */
export const systemProblems = {
  'system.not-started': { exit: 5, message: '{program} cannot be started: {what}', hint: '{remedy}' },
  'system.shortage': { exit: 5, message: '{what}', hint: '{remedy}' },
  'system.temporary-folder': {
    exit: 5,
    message: 'cannot write a temporary file to {folder}: {why}',
    hint: 'set TMPDIR to a folder with some space that this user may write to',
  },
} as const;
