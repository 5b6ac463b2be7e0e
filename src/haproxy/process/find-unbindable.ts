import type { Config } from '../../config/config.ts';
import { type Bind, parseBind } from '../../haproxy-syntax/bind.ts';
import { orProblem, Problem } from '../../problem/problem.ts';
import { readFileBounded } from '../../system/read-file.ts';
import { frontendsOf } from '../file/frontends.ts';
import { type Block, bindsIn, blocksOf } from '../file/sections.ts';
import { filesLoadedBeside } from './check.ts';
import type { HaproxyState } from './inspect.ts';
import { haproxySockets } from './port-owners.ts';
import { type NewBind, unbindable } from './unbindable.ts';

/** The binds of a new file on which a reload would fail. */
export interface UnbindableListens {
  /** Listens with such a bind, with the reason. All listens that share a bind are among them. */
  readonly listens: ReadonlyMap<string, Problem>;
  /** The problem of such a bind that belongs to no listen: of the stats page, or of the peers. */
  readonly general: Problem | null;
}

/**
 * Finds the binds of a new file on which a reload would fail, among those that the current file does not have.
 *
 * @param state the HAProxy whose own sockets are no obstacle
 */
export async function findUnbindable(
  config: Config,
  currentFile: string | null,
  text: string,
  state: HaproxyState,
): Promise<UnbindableListens> {
  const { localPeer } = config.haproxy;
  const bound = await loadedBinds(config, currentFile);
  const had = new Set(bound.map((bind) => bind.text));
  const wanted = blocksOf(text).flatMap((block) => {
    const fresh = wantedBy(block.text, localPeer).filter((bind) => !had.has(bind));
    return fresh.length === 0 ? [] : fresh.flatMap(readBind).map((bind): NewBind => ({ ...ownerOf(block, config), bind }));
  });
  const inodes = wanted.length === 0 ? null : await haproxySockets(state);
  // Without the file and HAProxy's sockets, a taken port may be HAProxy's own: that is left to the reload.
  const unknown = inodes === null && currentFile === null;
  const binds = unknown ? wanted.map(({ bind }) => bind) : bound;
  const found = await unbindable(wanted, inodes === null ? { kind: 'binds', binds } : { kind: 'inodes', inodes });
  return {
    listens: new Map(found.flatMap(({ listens, problem }) => listens.map((listen) => [listen, problem] as const))),
    general: found.find(({ listens }) => listens.length === 0)?.problem ?? null,
  };
}

/** Every bind of the files that HAProxy loads: of the current one, and of those beside it that can be read. */
export async function loadedBinds({ haproxy }: Config, currentFile: string | null): Promise<readonly Bind[]> {
  const texts = (await filesLoadedBeside(haproxy.with, haproxy.output)).map((file) => {
    const content = readFileBounded(file, 64 * 1024 * 1024);
    return content.kind === 'content' ? content.bytes.toString('utf8') : '';
  });
  return [currentFile ?? '', ...texts].flatMap((text) => wantedBy(text, haproxy.localPeer).flatMap(readBind));
}

/** The addresses that a text binds: of `bind` lines, and the address of the local peer. */
function wantedBy(text: string, localPeer: string | null): readonly string[] {
  const peers = [...text.matchAll(/^[ \t]+peer[ \t]+(\S+)[ \t]+(\S+)/gm)].flatMap(([, name, address = '']) =>
    name === localPeer ? [address] : [],
  );
  return [...bindsIn(text), ...peers];
}

function ownerOf({ listen, text }: Block, { listens, haproxy }: Config): Omit<NewBind, 'bind'> {
  if (listen !== null) return { owner: `listen ${listen}`, listens: [listen] };
  const [kind = '', name = ''] = text.trimStart().split(/\s+/, 2);
  const shared = frontendsOf(listens).find((frontend) => frontend.name === name)?.listens ?? [];
  if (shared.length > 0) return { owner: shared.length === 1 ? `listen ${shared[0]}` : `listens ${shared.join(', ')}`, listens: shared };
  return { owner: kind === 'peers' ? `peer ${haproxy.localPeer}` : name === '_stats' ? 'haproxy.stats' : `${kind} ${name}`, listens: [] };
}

/** Binds in lines that podfront did not write may be of kinds that it cannot judge: they are left out. */
function readBind(text: string): readonly Bind[] {
  const bind = orProblem(() => parseBind(text));
  return bind instanceof Problem ? [] : [bind];
}
