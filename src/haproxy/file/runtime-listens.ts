import { tokenise } from '../../haproxy-syntax/line.ts';
import { runtimeObstacle } from '../../haproxy-syntax/runtime-servers.ts';
import type { Version } from '../../haproxy-syntax/version.ts';
import type { RunningServer, ServerAction } from '../slots/server-actions.ts';
import { isDrained, patternComment, patternServer, podLineMatcher, podPattern, reloadComment } from './pod-lines.ts';
import { blocksOf } from './sections.ts';
import { parseLine } from './server-line.ts';

/** A listen of a file whose pods are changed at run time. */
export interface RuntimeListen {
  /** The options for `add server LISTEN/POD ADDRESS:PORT`; those of `default-server`, which does not apply to added servers, come first. */
  readonly options: string;
  /** The weight of a server that takes connections. */
  readonly weight: number;
  /** The names of the servers that are not pods. */
  readonly others: ReadonlySet<string>;
  /** The servers of pods: those in the file, or those that HAProxy was seen to have. */
  readonly servers: readonly RunningServer[];
}

/** Listens whose pods are changed at run time, by name. */
export type RuntimeListens = ReadonlyMap<string, RuntimeListen>;

/** The changes to the servers of some listens, by name. */
export type ListenActions = ReadonlyMap<string, { readonly listen: RuntimeListen; readonly actions: readonly ServerAction[] }>;

/** The settings that a section has, or inherits, for the servers that follow. */
interface Settings {
  readonly balance: readonly string[];
  readonly hashType: readonly string[];
  readonly defaultServer: readonly string[];
}

const noSettings: Settings = { balance: [], hashType: [], defaultServer: [] };

/**
 * The rendered text with a comment in each listen of pods whose addresses podfront keeps current, instead of its server line named `POD`.
 * The comment says whether its pods are changed at run time or by a reload.
 *
 * @param obstacle the reason why servers cannot be changed at run time; null where they can
 */
export function markRuntimeListens(text: string, version: Version, obstacle: string | null): string {
  if (!text.includes(patternServer.target)) return text;
  return eachListen(text, (block, inherited) => {
    const lines = block.split('\n');
    const [written, ...others] = lines.filter(
      (line) => line.includes(patternServer.target) || line.includes(`server ${patternServer.id} `),
    );
    if (written === undefined) return block;
    const pattern = others.length === 0 ? (/^\s+(server POD ADDRESS:PORT(?: .*)?)$/.exec(written)?.[1] ?? null) : null;
    const why =
      pattern === null
        ? 'the template of its servers writes more than a line'
        : (obstacle ?? obstacleOf(block, pattern, inherited, version));
    const comment = why === null && pattern !== null ? patternComment(pattern) : reloadComment(why ?? '');
    return lines.flatMap((line) => (line === written ? [comment] : others.includes(line) ? [] : [line])).join('\n');
  }).join('');
}

function obstacleOf(block: string, pattern: string, inherited: Settings, version: Version): string | null {
  const { balance, hashType } = settingsIn(block, inherited);
  return runtimeObstacle({ balance, hashType, options: optionsOf(block, pattern, inherited) }, version);
}

/** The listens of a file whose pods are changed at run time. */
export function runtimeListens(text: string): RuntimeListens {
  const found = eachListen(text, (block, inherited, name) => {
    const line = block.includes(patternServer.target) ? block.split('\n').find((one) => podPattern(one) !== null) : undefined;
    const pattern = line === undefined ? null : podPattern(line);
    if (pattern === null) return [];
    const words = optionsOf(block, pattern, inherited);
    const weight = words.includes('weight') ? Number(words[words.lastIndexOf('weight') + 1]) : 1;
    return [[name, { options: words.join(' '), weight, ...serversIn(block, pattern) }] as const];
  });
  return new Map(found.flatMap((one) => (typeof one === 'string' ? [] : one)));
}

function serversIn(block: string, pattern: string): Pick<RuntimeListen, 'others' | 'servers'> {
  const isPod = podLineMatcher(pattern);
  const others = new Set<string>();
  const servers: RunningServer[] = [];
  for (const line of block.split('\n')) {
    const parsed = parseLine(line);
    if (parsed === null) continue;
    const { id, servers: count, first, target } = parsed;
    if (isPod(line)) servers.push({ name: id, address: target, state: isDrained(line) ? 'drain' : 'ready' });
    else if (first === null) others.add(id);
    else for (let i = 0; i < count; i++) others.add(`${id}${first + i}`);
  }
  return { others, servers };
}

/** The options of a pod's server, with those of `default-server` lines before it. */
function optionsOf(block: string, pattern: string, inherited: Settings): readonly string[] {
  const { defaultServer } = settingsIn(block.slice(0, block.indexOf(pattern)), inherited);
  return [...defaultServer, ...tokenise(pattern).words.slice(3)];
}

/** The results of `read` for each listen, and the other parts of the text unchanged, in order. */
function eachListen<T>(text: string, read: (block: string, inherited: Settings, listen: string) => T): readonly (T | string)[] {
  let inherited = noSettings;
  return blocksOf(text).map((block) => {
    if (block.listen !== null) return read(block.text, inherited, block.listen);
    // A proxy inherits from the last `defaults` before it (HAProxy manual 4).
    for (const section of block.text.split(/^(?=defaults\b)/m).slice(1))
      inherited = settingsIn(section.replace(/\n(?=[a-z])[\s\S]*$/, ''), noSettings);
    return block.text;
  });
}

/** A later `balance` or `hash-type` replaces an earlier one; the words of `default-server` add up. */
function settingsIn(section: string, inherited: Settings): Settings {
  let settings = inherited;
  for (const [line] of section.matchAll(/^[ \t]+(?:balance|hash-type|default-server)[ \t].*$/gm)) {
    const [keyword, ...words] = tokenise(line).words;
    if (keyword === 'balance') settings = { ...settings, balance: words };
    else if (keyword === 'hash-type') settings = { ...settings, hashType: words };
    else settings = { ...settings, defaultServer: [...settings.defaultServer, ...words] };
  }
  return settings;
}
