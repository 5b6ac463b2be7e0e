/** The meanings of podfront's exit statuses, for docs/errors.md and the manual page. */
export const exits: readonly (readonly [status: number, means: string])[] = [
  [0, 'success; no findings'],
  [1, 'findings: networks conflict, `--check` would change the file, a doctor check failed, `import` left something out'],
  [2, 'wrong usage or configuration, with the place'],
  [3, 'cluster DNS, or the Kubernetes API, gave no usable answer'],
  [4, 'HAProxy refused the rendered file; nothing was written'],
  [5, 'the change could not be applied, and the previous state was restored; or no daemon answers'],
  [70, 'a defect of podfront'],
];
