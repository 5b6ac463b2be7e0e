// Reads what ava writes with --tap (testanything.org, version 13).

/**
 * One line of TAP: {kind: 'passed' | 'failed' | 'skipped', title}, or {kind: 'other', text} for diagnostics and comments;
 * text is empty for what only counts (version, plan, totals). A test that is still to be written counts as skipped.
 */
export function tapLine(line) {
  const [, not, escaped, directive] = /^(not )?ok \d+ - (.*?)(?: # (SKIP|TODO)\b.*)?$/.exec(line) ?? [];
  if (escaped === undefined) return { kind: 'other', text: /^(TAP version |1\.\.|# (tests|pass|fail|skip|todo) )/.test(line) ? '' : line };
  const title = escaped.replaceAll('\\#', '#');
  if (directive !== undefined) return { kind: 'skipped', title };
  return { kind: not === undefined ? 'passed' : 'failed', title };
}
