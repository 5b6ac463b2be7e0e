import { type Problem, visible } from '../problem/problem.ts';

/** What one check of `podfront doctor` found. Names are stable: scripts may look for them. */
export interface Check {
  readonly name: string;
  /** `skip`: it could not be judged here; `seen` says why. */
  readonly result: 'pass' | 'warn' | 'fail' | 'skip';
  readonly seen: string;
  /** What to do; empty where nothing is to be done. */
  readonly remedy: string;
}

export const pass = (name: string, seen: string): Check => ({ name, result: 'pass', seen, remedy: '' });
export const warn = (name: string, seen: string, remedy: string): Check => ({ name, result: 'warn', seen, remedy });
export const fail = (name: string, seen: string, remedy: string): Check => ({ name, result: 'fail', seen, remedy });
export const skip = (name: string, why: string): Check => ({ name, result: 'skip', seen: why, remedy: '' });

/** A check that failed for a problem of the catalogue; its lines, such as HAProxy's own, belong to what was seen. */
export function failedBy(name: string, { message, hint, lines }: Problem): Check {
  return fail(name, [message, ...lines].join('; '), hint);
}

/** Whether the frontend VM works: nothing failed. */
export function nothingFailed(checks: readonly Check[]): boolean {
  return checks.every(({ result }) => result !== 'fail');
}

/** `doctor --json`, as the interface promises it. */
export function checksAsJson(checks: readonly Check[]): string {
  return `${JSON.stringify({ ok: nothingFailed(checks), checks }, null, 2)}\n`;
}

const colours = { pass: 32, warn: 33, fail: 31, skip: 2 } as const;

/** Numbered, for people: what was seen behind each name, the remedy below it, and the sum at the end. */
export function checksAsText(checks: readonly Check[], colour: boolean): string {
  const paint = (result: Check['result']) => (colour ? `\u001b[${colours[result]}m${result}\u001b[0m` : result);
  const width = String(checks.length).length;
  const lines = checks.flatMap(({ name, result, seen, remedy }, i) => [
    `${String(i + 1).padStart(width)}. ${paint(result)}  ${visible(name)}: ${visible(seen)}`,
    ...(remedy === '' ? [] : [`${' '.repeat(width + 8)}remedy: ${visible(remedy)}`]),
  ]);
  const count = (wanted: Check['result']) => checks.filter(({ result }) => result === wanted).length;
  const sum = `${checks.length} checks: ${count('pass')} pass, ${count('warn')} warn, ${count('fail')} fail, ${count('skip')} skipped`;
  return `${[...lines, '', sum].join('\n')}\n`;
}

/** A few of a list, and how many more there are. */
export function shortList(words: readonly string[], most = 5): string {
  return words.length <= most ? words.join(', ') : `${words.slice(0, most).join(', ')} and ${words.length - most} more`;
}
