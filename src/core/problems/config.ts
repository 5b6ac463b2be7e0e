/** Faults of podfront.yaml, each with its place. */
export const configProblems = {
  'config.invalid': { exit: 2, says: '{file} has {count}', hint: 'nothing was changed; mend the lines above' },
} as const;
