import { catalogue } from '../../src/problem/problem.ts';
import { exits } from './exits.ts';

/** docs/errors.md, from the catalogue of problems. */
export function errorsPage(): string {
  const rows = Object.entries(catalogue).map(
    ([code, { exit, message, hint }]) => `| \`${code}\` | ${exit} | ${cell(message)} | ${cell(hint)} |`,
  );
  return `# Errors

Every problem that podfront can report. It is shown as \`podfront: error: MESSAGE\`, then \`podfront: hint: REMEDY\`; a problem that
does not stop the work is shown as a warning and does not change the exit status. \`--log-format json\` adds the code. Words in italics
are replaced by the facts of the case.

| exit | means |
|---|---|
${exits.map(([status, means]) => `| ${status} | ${means} |`).join('\n')}

| code | exit | message | remedy |
|---|---|---|---|
${rows.join('\n')}
`;
}

function cell(text: string): string {
  return text.replaceAll('|', '\\|').replace(/\{(\w+)\}/g, '*$1*');
}
