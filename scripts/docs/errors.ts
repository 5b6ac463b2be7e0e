import { catalogue } from '../../src/core/problem.ts';

/** docs/errors.md, from the catalogue of problems. */
export function errorsPage(): string {
  const rows = Object.entries(catalogue).map(([code, { exit, says, hint }]) => `| \`${code}\` | ${exit} | ${cell(says)} | ${cell(hint)} |`);
  return `# Errors

Every problem podfront can speak of. It is shown as \`podfront: error: SENTENCE\`, then \`podfront: hint: WHAT TO DO\`; a problem that
does not stop the work is shown as a warning and leaves the exit status alone. \`--log-format json\` adds the code. Words in italics
stand for facts of the case.

| exit | means |
|---|---|
| 0 | done; nothing to complain about |
| 1 | findings: networks conflict, \`--check\` would change the file, a doctor check failed |
| 2 | wrong usage or configuration, with the place |
| 3 | cluster DNS gave no usable answer |
| 4 | HAProxy refused the rendered file; nothing was written |
| 5 | the change could not be applied; what worked before is back |
| 70 | a defect of podfront |

| code | exit | sentence | what to do |
|---|---|---|---|
${rows.join('\n')}
`;
}

function cell(text: string): string {
  return text.replaceAll('|', '\\|').replace(/\{(\w+)\}/g, '*$1*');
}
