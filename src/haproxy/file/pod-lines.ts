import { hostPort } from '../../ip/address.ts';
import type { PodServer } from '../slots/allocate.ts';

// The server lines of a listen whose pods are changed at run time. A comment before them has the pattern of each line, even while there
// are none: a difference between two such lists needs no reload.

/** The name and the address in the pattern of pods' lines. They are never those of a pod, because names of pods have no capitals. */
export const patternServer = { id: 'POD', target: 'ADDRESS:PORT' } as const;

const beginning = '# pods at run time: ';
const byReload = '# pods by reload: ';
const patternLine = /^\s+# pods at run time: (server POD ADDRESS:PORT(?: .*)?)$/;
const address = '(?:\\d[\\d.]*|\\[[0-9a-f:.]+\\]):\\d{1,5}';
/** The option of a draining pod. */
const drained = ' weight 0';
/** What the only pod of a listen has behind `check`: see docs/decisions/0014. */
const unobserved = ' observe none';

/** The options of the server of the only pod; `default-server` comes first, the options of the user come later and win. */
export function asOnlyPod(options: string): string {
  return options.replace(/(?:^|(?<= ))check(?= |$)/, `check${unobserved}`);
}

/** The pattern in a line of a file, `server POD ADDRESS:PORT ...`; null for any other line. */
export function podPattern(line: string): string | null {
  return line.includes(beginning) ? (patternLine.exec(line)?.[1] ?? null) : null;
}

/** Whether the pods of a listen are changed at run time, by its block. */
export function isRuntimeListen(block: string): boolean {
  return block.includes(beginning) && block.split('\n').some((line) => podPattern(line) !== null);
}

/** The comment with the pattern. */
export function patternComment(pattern: string): string {
  return `    ${beginning}${pattern}`;
}

/** The comment of a listen whose pods come and go by reloads, and why. */
export function reloadComment(why: string): string {
  return `    ${byReload}${why}`;
}

/** Why the pods of a listen come and go by reloads, by its block; null where it does not say. */
export function whyByReload(block: string): string | null {
  const line = block.split('\n').find((one) => one.trimStart().startsWith(byReload));
  return line?.trimStart().slice(byReload.length) ?? null;
}

/** A function that recognises the server lines of pods which follow the pattern. */
export function podLineMatcher(pattern: string): (line: string) => boolean {
  const options = pattern.slice(`server ${patternServer.id} ${patternServer.target}`.length);
  const own = options.replace(/[.*+?^${}()|[\]\\]/g, '\\$&').replace(/^ check(?= |$)/, ` check(?:${unobserved})?`);
  const expression = new RegExp(`^\\s+server (\\S+) ${address}${own.replaceAll(patternServer.id, '\\1')}(?:${drained})?$`);
  return (line) => expression.test(line);
}

/** Whether the server line is that of a draining pod. */
export function isDrained(line: string): boolean {
  return line.endsWith(drained);
}

/** The server line of a pod. */
function podLine(pattern: string, { name, target, draining }: PodServer, only: string | null): string {
  if (target.kind !== 'address') return '';
  const options = name === only ? asOnlyPod(pattern) : pattern;
  const line = options.replace(patternServer.target, () => hostPort(target.address.text, target.port));
  return `    ${line.replaceAll(patternServer.id, () => name)}${draining ? drained : ''}`;
}

/**
 * The block of a listen with the lines of these pods in place of those it has; as it is where its pods need a reload.
 *
 * @param only the name of the only pod that takes connections; null where there are several
 */
export function withPodLines(block: string, pods: readonly PodServer[], only: string | null): string {
  const lines = block.split('\n');
  const at = lines.findIndex((line) => podPattern(line) !== null);
  const pattern = podPattern(lines[at] ?? '');
  if (pattern === null) return block;
  const isPod = podLineMatcher(pattern);
  const others = lines.slice(at + 1).filter((line) => !isPod(line));
  return [...lines.slice(0, at + 1), ...pods.map((pod) => podLine(pattern, pod, only)), ...others].join('\n');
}
