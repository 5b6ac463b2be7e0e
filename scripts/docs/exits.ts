/** What podfront's exit statuses mean, for docs/errors.md and the manual page. */
export const exits: readonly (readonly [status: number, means: string])[] = [
  [0, 'done; nothing to complain about'],
  [1, 'findings: networks conflict, `--check` would change the file, a doctor check failed, `import` left something out'],
  [2, 'wrong usage or configuration, with the place'],
  [3, 'cluster DNS gave no usable answer'],
  [4, 'HAProxy refused the rendered file; nothing was written'],
  [5, 'the change could not be applied; what worked before is back'],
  [70, 'a defect of podfront'],
];
