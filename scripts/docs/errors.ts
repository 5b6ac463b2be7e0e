import { catalogue } from '../../src/problem/problem.ts';
import { exits } from './exits.ts';

/** docs/errors.md, from the catalogue of problems. */
export function errorsPage(): string {
  const rows = Object.entries(catalogue).map(
    ([code, { exit, message, hint }]) => `| \`${code}\` | ${exit} | ${cell(message)} | ${cell(hint)} |`,
  );
  return `# Errors

Every problem podfront can speak of. It is shown as \`podfront: error: SENTENCE\`, then \`podfront: hint: WHAT TO DO\`; a problem that
does not stop the work is shown as a warning and leaves the exit status alone. \`--log-format json\` adds the code. Words in italics
stand for facts of the case.

| exit | means |
|---|---|
${exits.map(([status, means]) => `| ${status} | ${means} |`).join('\n')}

| code | exit | sentence | what to do |
|---|---|---|---|
${rows.join('\n')}
`;
}

function cell(text: string): string {
  return text.replaceAll('|', '\\|').replace(/\{(\w+)\}/g, '*$1*');
}
