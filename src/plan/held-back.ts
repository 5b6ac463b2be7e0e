import type { Config } from '../config/config.ts';
import { bindWords } from '../haproxy/file/frontend-data.ts';
import { type Frontend, frontendsOf, sharedListens } from '../haproxy/file/frontends.ts';
import { blocksOf, listenBlocks, withBlocks } from '../haproxy/file/sections.ts';
import type { Problem } from '../problem/problem.ts';
import type { Observation } from '../source/observation.ts';
import { refreshListenSlots } from './refresh-slots.ts';

/**
 * The desired text in which listens that are held back are as in the current file, or absent where that does not have them.
 * Their slots still follow the pods.
 *
 * @param heldBack the listens, with the reasons
 * @param currentFile null when there is none
 */
export function withHeldBack(
  text: string,
  currentFile: string | null,
  config: Config,
  observations: readonly Observation[],
  heldBack: ReadonlyMap<string, Problem>,
): string {
  const current = currentFile ?? '';
  const currentBlocks = listenBlocks(current);
  const observed = new Map(observations.map((observation) => [observation.listen.name, observation]));
  const shared = sharedListens(config.listens);
  const frontends = frontendsOf(config.listens)
    .filter(({ listens }) => listens.some((name) => heldBack.has(name)))
    .map((frontend) => ({ frontend, binds: heldBackBinds(frontend, current, config, heldBack) }));
  const unchanged = new Set(frontends.flatMap(({ frontend, binds }) => (binds === null ? frontend.listens : [])));
  const blocks = new Map(
    [...heldBack.keys()].map((name) => {
      const [block, observation] = [currentBlocks.get(name), observed.get(name)];
      const refreshed = block === undefined || observation === undefined ? block : refreshListenSlots(block, config, observation);
      return [name, unchanged.has(name) ? (refreshed ?? null) : heldBackBlock(config, name, refreshed, shared.has(name))];
    }),
  );
  const names = config.listens.map(({ name }) => name);
  return frontends.reduce(
    (file, { frontend, binds }) => (binds === null ? withFrontend(file, frontend.name, current) : withBinds(file, binds)),
    withBlocks(text, names, blocks),
  );
}

/**
 * The block of a listen that is held back: the current one where its kind fits. A frontend that leads to it needs a backend, if only an empty
 * one that answers 503; a `listen` there would bind the frontend's address, and a `backend` for a listen of its own would bind none.
 */
function heldBackBlock({ listens }: Config, name: string, current: string | undefined, shared: boolean): string | null {
  if (current !== undefined && /^\s*backend\s/.test(current) === shared) return current;
  return shared ? `\nbackend ${name}\n    mode ${listens.find((listen) => listen.name === name)?.mode ?? 'tcp'}\n` : null;
}

/**
 * The `bind` lines of a frontend to write, by those of the desired file: a listen that HAProxy refused keeps the
 * certificates of the current file there, or has none. Null where the frontend stays as in the current file, because its
 * address cannot be bound or it would have no certificate.
 */
function heldBackBinds(
  frontend: Frontend,
  currentFile: string,
  { listens }: Config,
  heldBack: ReadonlyMap<string, Problem>,
): ReadonlyMap<string, string> | null {
  const code = (name: string) => heldBack.get(name)?.code ?? '';
  const unbindable = frontend.listens.some((name) => code(name).startsWith('bind.'));
  if (unbindable || frontend.listens.every((name) => code(name) === 'reload.failed')) return null;
  const refused = new Set(frontend.listens.filter((name) => ['haproxy.refused', 'reload.failed'].includes(code(name))));
  const lines = frontend.binds.map(({ text, tls }) => {
    const desired = frontend.crts.get(text) ?? [];
    const crtOf = (name: string) =>
      listens.find((listen) => listen.name === name)?.binds.find((bind) => bind.text === text)?.tls?.crt ?? null;
    const accepted = new Set(frontend.listens.filter((name) => !refused.has(name)).map(crtOf));
    const currentCrts = certificatesAt(text, currentFile).filter((crt) => !accepted.has(crt));
    const crts = frontend.listens.flatMap((name) => (refused.has(name) ? currentCrts : (crtOf(name) ?? [])));
    return {
      desired: bindWords(text, tls, desired),
      written: tls !== null && crts.length === 0 ? null : bindWords(text, tls, [...new Set(crts)]),
    };
  });
  return lines.some(({ written }) => written === null) ? null : new Map(lines.map(({ desired, written }) => [desired, written ?? '']));
}

/** The certificates that a file has at an address. */
function certificatesAt(address: string, text: string): readonly string[] {
  const line = text.split('\n').find((one) => one.trimStart().startsWith(`bind ${address} `)) ?? '';
  return [...line.matchAll(/ crt (\S+)/g)].map(([, crt = '']) => crt);
}

function withBinds(text: string, binds: ReadonlyMap<string, string>): string {
  return text.replace(/^(\s+bind )(.+)$/gm, (_, bind: string, words: string) => bind + (binds.get(words) ?? words));
}

/** The text with the frontend of that name from the other file, or without it where that does not have it. */
function withFrontend(text: string, name: string, other: string): string {
  const isNamed = (block: string) => block.trimStart().split('\n', 1)[0] === `frontend ${name}`;
  const replacement = blocksOf(other).find((block) => isNamed(block.text))?.text ?? '';
  return blocksOf(text)
    .map((block) => (isNamed(block.text) ? replacement : block.text))
    .join('');
}
