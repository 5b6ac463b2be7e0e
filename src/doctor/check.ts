import { type Problem, visible } from '../problem/problem.ts';
import { shortList } from '../terminal/short-list.ts';

/** The result of one check of `podfront doctor`. Names are stable: scripts may look for them. */
export interface Check {
  readonly name: string;
  /** `skip`: it could not be judged, and `seen` says why. */
  readonly result: 'pass' | 'warn' | 'fail' | 'skip';
  readonly seen: string;
  /** The remedy; empty where none is needed. */
  readonly remedy: string;
}

/** A passed check. */
export const pass = (name: string, seen: string): Check => ({ name, result: 'pass', seen, remedy: '' });
/** A check with a warning. */
export const warn = (name: string, seen: string, remedy: string): Check => ({ name, result: 'warn', seen, remedy });
/** A failed check. */
export const fail = (name: string, seen: string, remedy: string): Check => ({ name, result: 'fail', seen, remedy });
/** A check that could not be judged. */
export const skip = (name: string, why: string): Check => ({ name, result: 'skip', seen: why, remedy: '' });

/** A check that failed with a problem of the catalogue; the problem's lines, such as HAProxy's messages, are part of `seen`. */
export function failedBy(name: string, { message, hint, lines }: Problem): Check {
  return fail(name, [message, ...lines].join('; '), hint);
}

/** Whether no check failed. */
export function nothingFailed(checks: readonly Check[]): boolean {
  return checks.every(({ result }) => result !== 'fail');
}

/** The JSON of `doctor --json`. */
export function checksAsJson(checks: readonly Check[]): string {
  return `${JSON.stringify({ ok: nothingFailed(checks), checks }, null, 2)}\n`;
}

const colours = { pass: 32, warn: 33, fail: 31, skip: 2 } as const;

/** The number of equal checks of listens that have lines of their own; more are joined in one line. */
const maxAlike = 5;

/** Joins the checks of many listens where they have the same result for the same reason; `--json` has each. */
export function groupAlike(checks: readonly Check[]): readonly Check[] {
  const groups = new Map<string, Check[]>();
  for (const check of checks) {
    const { result, seen, remedy } = check;
    const [, listen = null, kind = ''] = /^listen (.*?): (.*)$/.exec(check.name) ?? [];
    const same = (text: string) => (listen === null ? text : text.replaceAll(listen, '*'));
    // A passed check needs no reason.
    const reason = result === 'pass' ? '' : JSON.stringify([same(seen).replace(/\d+/g, '#'), same(remedy)]);
    const key = listen === null ? check.name : JSON.stringify([kind, result, reason]);
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [check]);
    else group.push(check);
  }
  return [...groups.values()].flatMap((group) => {
    const [first] = group;
    if (first === undefined || group.length <= maxAlike) return group;
    const [, kind = ''] = /^listen .*?: (.*)$/.exec(first.name) ?? [];
    const names = group.map(({ name }) => name.slice('listen '.length, -`: ${kind}`.length));
    return [{ ...first, name: `${group.length} listens: ${kind}`, seen: `${shortList(names)}; the first: ${first.seen}` }];
  });
}

/** The checks as numbered text: name and what was seen, the remedy below, and the totals at the end. */
export function checksAsText(checks: readonly Check[], colour: boolean): string {
  const paint = (result: Check['result']) => (colour ? `\u001b[${colours[result]}m${result}\u001b[0m` : result);
  const shown = groupAlike(checks);
  const width = String(shown.length).length;
  const lines = shown.flatMap(({ name, result, seen, remedy }, i) => [
    `${String(i + 1).padStart(width)}. ${paint(result)}  ${visible(name)}: ${visible(seen)}`,
    ...(remedy === '' ? [] : [`${' '.repeat(width + 8)}remedy: ${visible(remedy)}`]),
  ]);
  const count = (wanted: Check['result']) => checks.filter(({ result }) => result === wanted).length;
  const totals = `${checks.length} checks: ${count('pass')} pass, ${count('warn')} warn, ${count('fail')} fail, ${count('skip')} skipped`;
  return `${[...lines, '', totals].join('\n')}\n`;
}
