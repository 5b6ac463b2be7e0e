import type { Config } from '../config/config.ts';
import { type Alert, listenOfLine } from '../haproxy/file/check-alerts.ts';
import { frontendsOf } from '../haproxy/file/frontends.ts';
import { type Block, bindsIn, blocksOf } from '../haproxy/file/sections.ts';
import { changesBetween } from './changes.ts';
import type { DesiredFile } from './desired-file.ts';

type BlamedFile = Pick<DesiredFile, 'text' | 'heldBack'>;

/**
 * The listens that `haproxy -c` names when it refuses a file. None when it also names another section, or a listen that is
 * held back already, because then holding these back would not help.
 */
export function listensRefused(alerts: readonly Alert[], { heldBack }: BlamedFile): readonly string[] {
  const owners = alerts.map(({ listen }) => listen);
  if (owners.some((name) => name === null || heldBack.has(name))) return [];
  return [...new Set(owners.filter((name) => name !== null))];
}

/**
 * The listens on which a reload failed: those that HAProxy's own lines name, else those that may be at fault.
 *
 * @param lines HAProxy's messages during the failure
 */
export function listensFailed(
  lines: readonly string[],
  { text, heldBack }: BlamedFile,
  currentFile: string | null,
  config: Config,
): readonly string[] {
  const named = listensNamed(lines, text, config);
  return named.length > 0 && !named.some((name) => heldBack.has(name)) ? named : suspectedListens(currentFile, text, config);
}

function listensNamed(lines: readonly string[], text: string, { listens }: Config): readonly string[] {
  const names = new Set(listens.map(({ name }) => name));
  const owners = listenOfLine(text);
  const frontends = frontendsOf(listens);
  const found = lines
    .filter((line) => line.startsWith('[ALERT]'))
    .flatMap((line): readonly string[] => {
      const proxy = /\bfor proxy ([^\s:]+)/.exec(line)?.[1];
      if (proxy !== undefined) return frontends.find(({ name }) => name === proxy)?.listens ?? [proxy];
      const owner = owners[Number(/\[[^\]]+:(\d+)\]/.exec(line)?.[1] ?? 0) - 1] ?? null;
      return owner === null ? [] : [owner];
    });
  return [...new Set(found.filter((name) => names.has(name)))];
}

/**
 * The listens that are suspected of a failed reload when HAProxy names none: those that changed, or only those with a new
 * bind where there are any (all that share it), because little else can fail after `haproxy -c`. None when
 * other sections changed too.
 */
export function suspectedListens(before: string | null, after: string, { listens }: Config): readonly string[] {
  const frontends = new Map(frontendsOf(listens).map(({ name, listens }) => [`frontend ${name}`, listens]));
  const headerOf = ({ text }: Block) => text.trimStart().split('\n', 1)[0] ?? '';
  const others = (text: string) =>
    blocksOf(text).flatMap((block) => (block.listen !== null || headerOf(block).startsWith('frontend _shared_') ? [] : [block.text]));
  if (before === null || others(before).join('') !== others(after).join('')) return [];
  const bound = new Set(bindsIn(before));
  const binding = blocksOf(after)
    .filter(({ text }) => bindsIn(text).some((bind) => !bound.has(bind)))
    .flatMap((block) => (block.listen === null ? (frontends.get(headerOf(block)) ?? []) : [block.listen]));
  if (binding.length > 0) return [...new Set(binding)];
  return changesBetween(before, after).listens.flatMap(({ listen, kind, needsReload }) =>
    needsReload && kind !== 'removed' ? [listen] : [],
  );
}
