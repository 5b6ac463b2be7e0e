import type { Config } from '../config/config.ts';
import { bindWords } from '../haproxy/file/frontend-data.ts';
import { type Frontend, frontendsOf, sharedListens } from '../haproxy/file/frontends.ts';
import { blocksOf, listenBlocks, withBlocks } from '../haproxy/file/sections.ts';
import type { Problem } from '../problem/problem.ts';
import type { Observation } from '../source/observation.ts';
import { refreshListenSlots } from './refresh-slots.ts';

/**
 * The file with some listens left as they were in the one that is, or out where there was nothing. Pods follow cluster DNS in
 * what is left, too.
 *
 * @param left the listens, and why
 * @param disk the file that is; null when there is none
 */
export function withHeldBack(
  text: string,
  disk: string | null,
  config: Config,
  known: ReadonlyMap<string, Observation>,
  left: ReadonlyMap<string, Problem>,
): string {
  const was = listenBlocks(disk ?? '');
  const shared = sharedListens(config.listens);
  const fronts = frontendsOf(config.listens)
    .filter(({ listens }) => listens.some((name) => left.has(name)))
    .map((front) => ({ front, binds: bindsLeft(front, disk ?? '', config, left) }));
  const closed = new Set(fronts.flatMap(({ front, binds }) => (binds === null ? front.listens : [])));
  const given = new Map(
    [...left.keys()].map((name) => {
      const [block, observation] = [was.get(name), known.get(name)];
      const current = block === undefined || observation === undefined ? block : refreshListenSlots(block, config, observation);
      return [name, closed.has(name) ? (current ?? null) : leftBlock(config, name, current, shared.has(name))];
    }),
  );
  const names = config.listens.map(({ name }) => name);
  return fronts.reduce(
    (file, { front, binds }) => (binds === null ? withFrontend(file, front.name, disk ?? '') : withBinds(file, binds)),
    withBlocks(text, names, given),
  );
}

/**
 * What stands for a listen that cannot be written anew: what there was. A frontend that leads to it keeps something to lead
 * to, which answers 503 or closes; a block of the other kind would bind the frontend's address, or none.
 */
function leftBlock({ listens }: Config, name: string, was: string | undefined, shared: boolean): string | null {
  if (was !== undefined && /^\s*backend\s/.test(was) === shared) return was;
  return shared ? `\nbackend ${name}\n    mode ${listens.find((listen) => listen.name === name)?.mode ?? 'tcp'}\n` : null;
}

/**
 * The `bind` lines of a frontend, as they are and as they shall be: a listen that HAProxy refused has the certificates there that
 * it had before, or none. null: the whole frontend is as it was, because its address cannot be had or no certificate is left.
 */
function bindsLeft(
  front: Frontend,
  disk: string,
  { listens }: Config,
  left: ReadonlyMap<string, Problem>,
): ReadonlyMap<string, string> | null {
  const code = (name: string) => left.get(name)?.code ?? '';
  const unbound = front.listens.some((name) => code(name).startsWith('bind.'));
  if (unbound || front.listens.every((name) => code(name) === 'reload.failed')) return null;
  const refused = new Set(front.listens.filter((name) => ['haproxy.refused', 'reload.failed'].includes(code(name))));
  const lines = front.binds.map(({ text, tls }) => {
    const crts = front.crts.get(text) ?? [];
    const crtOf = (name: string) =>
      listens.find((listen) => listen.name === name)?.binds.find((bind) => bind.text === text)?.tls?.crt ?? null;
    const others = new Set(front.listens.filter((name) => !refused.has(name)).map(crtOf));
    const had = crtsAt(text, disk).filter((crt) => !others.has(crt));
    const now = front.listens.flatMap((name) => (refused.has(name) ? had : (crtOf(name) ?? [])));
    return { old: bindWords(text, tls, crts), now: tls !== null && now.length === 0 ? null : bindWords(text, tls, [...new Set(now)]) };
  });
  return lines.some(({ now }) => now === null) ? null : new Map(lines.map(({ old, now }) => [old, now ?? '']));
}

/** The certificates that a file has at an address. */
function crtsAt(address: string, text: string): readonly string[] {
  const line = text.split('\n').find((one) => one.trimStart().startsWith(`bind ${address} `)) ?? '';
  return [...line.matchAll(/ crt (\S+)/g)].map(([, crt = '']) => crt);
}

function withBinds(text: string, binds: ReadonlyMap<string, string>): string {
  return text.replace(/^(\s+bind )(.+)$/gm, (_, bind: string, words: string) => bind + (binds.get(words) ?? words));
}

/** The text with the frontend of that name as it is in the other file, or without it. */
function withFrontend(text: string, name: string, other: string): string {
  const isIt = (block: string) => block.trimStart().split('\n', 1)[0] === `frontend ${name}`;
  const was = blocksOf(other).find((block) => isIt(block.text))?.text ?? '';
  return blocksOf(text)
    .map((block) => (isIt(block.text) ? was : block.text))
    .join('');
}
