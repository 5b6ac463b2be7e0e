import type { Config } from '../config/config.ts';
import { slotsInFile } from '../haproxy/file/read-blocks.ts';
import { reloadDigest } from '../haproxy/file/reload-digest.ts';
import type { renderer } from '../haproxy/file/render.ts';
import { type DnsTransport, dnsTransport } from '../haproxy/file/resolvers.ts';
import { listenBlocks } from '../haproxy/file/sections.ts';
import { type Allocation, allocateServers, type SlotsByListen } from '../haproxy/slots/allocate.ts';
import type { Version } from '../haproxy-syntax/version.ts';
import type { Problem } from '../problem/problem.ts';
import type { Observation } from '../source/observation.ts';
import { changesBetween, type FileChanges } from './changes.ts';
import { withHeldBack } from './held-back.ts';
import { listenKey } from './listen-key.ts';

/** The input of the desired file. `render`, `doctor` and `import` use only the required parts. */
export interface DesiredFileInput {
  readonly config: Config;
  readonly render: ReturnType<typeof renderer>;
  readonly version: Version;
  /** The last good observation of each listen that has one, in the order of the listens. */
  readonly observations: readonly Observation[];
  /** The current file; null when there is none. */
  readonly currentFile: string | null;
  /** The problem of each listen without a good observation, by its name. */
  readonly failing?: ReadonlyMap<string, Problem>;
  /** Listens that HAProxy refused, or on which a reload would fail, by `listenKey` of their block. */
  readonly refusedListens?: ReadonlyMap<string, Problem>;
  /** Digest of the file that HAProxy runs; null when that is not known. */
  readonly runningDigest?: string | null;
  /** Whether HAProxy's resolver asks over TCP already: it goes back to UDP only with a reload that happens anyway. */
  readonly tcp?: boolean;
  /** Whether HAProxy keeps servers whose name no longer exists; see source/losses.ts. */
  readonly keepsLost?: boolean;
  /** Whether slots may be released although nothing else needs a reload. */
  readonly releaseSlots?: boolean;
  /** Whether the listens of Services, which the configuration does not have yet, stay as they are in the current file. */
  readonly keepServiceListens?: boolean;
  /** The allocation of the last desired file for this configuration, to reuse unchanged listens. */
  readonly previous?: Allocation;
}

/** The desired file. */
export interface DesiredFile {
  readonly text: string;
  /** The difference to the current file. */
  readonly changes: FileChanges;
  readonly allocation: Allocation;
  readonly transport: DnsTransport;
  /** The listens that stay as they are in the current file, or are left out where they are not in it, with the reason. */
  readonly heldBack: ReadonlyMap<string, Problem>;
}

/**
 * Allocates slots and renders the file. A listen that cannot be served as configured is held back. Slots are released only
 * where a reload happens anyway.
 */
export function desiredFile(input: DesiredFileInput): DesiredFile {
  const { currentFile } = input;
  const file = withoutChanges(input);
  // Equal texts share one string, because that of a thousand listens has 2.4 MB.
  const text = file.text === currentFile ? currentFile : file.text;
  return { ...file, text, changes: changesBetween(currentFile, text) };
}

type FileWithoutChanges = Omit<DesiredFile, 'changes'>;

function withoutChanges(input: DesiredFileInput): FileWithoutChanges {
  const { currentFile, releaseSlots = false } = input;
  const current: SlotsByListen = currentFile === null ? new Map() : slotsInFile(currentFile);
  const withCurrentSlots = withSlots(input, current, releaseSlots);
  if (releaseSlots || currentFile === null) return withCurrentSlots;
  const runs = input.runningDigest ?? reloadDigest(currentFile);
  return reloadDigest(withCurrentSlots.text) === runs ? withCurrentSlots : withSlots(input, current, true);
}

function withSlots(input: DesiredFileInput, current: SlotsByListen, releaseSlots: boolean): FileWithoutChanges {
  const { config, observations, currentFile, version, render } = input;
  const allocation = allocateServers(config, observations, current, releaseSlots, input.previous);
  const measured = dnsTransport(config, allocation, observations, version);
  const transport = input.tcp && !releaseSlots && !measured.tcp ? { ...measured, tcp: true, payload: 65_535 } : measured;
  const serviceListens = input.keepServiceListens ? serviceListensOf(currentFile ?? '', config) : '';
  const text = render(config, allocation, transport, input.keepsLost) + serviceListens;
  const heldBack = heldBackListens(input, text);
  if (heldBack.size === 0) return { text, allocation, transport, heldBack };
  return { text: withHeldBack(text, currentFile, config, observations, heldBack), allocation, transport, heldBack };
}

/** The blocks of a file for listens of Services: those named `NAMESPACE_NAME_PORT` that podfront.yaml does not have. */
function serviceListensOf(file: string, { listens }: Config): string {
  const names = new Set(listens.map(({ name }) => name));
  const isOfService = (name: string) => /^[a-z0-9-]+_[a-z0-9-]+_\d{1,5}$/.test(name) && !names.has(name);
  return [...listenBlocks(file)].flatMap(([name, block]) => (isOfService(name) ? [block] : [])).join('');
}

function heldBackListens({ config, observations, failing, refusedListens }: DesiredFileInput, text: string): ReadonlyMap<string, Problem> {
  const known = new Set(observations.map(({ listen }) => listen.name));
  const unknown = config.listens.flatMap(({ name }) => (known.has(name) ? [] : entryOf(failing, name, name)));
  if (refusedListens === undefined || refusedListens.size === 0) return new Map(unknown);
  const refused = [...listenBlocks(text)].flatMap(([name, block]) => entryOf(refusedListens, listenKey(name, block), name));
  return new Map([...unknown, ...refused]);
}

function entryOf(problems: ReadonlyMap<string, Problem> | undefined, key: string, name: string): readonly (readonly [string, Problem])[] {
  const problem = problems?.get(key);
  return problem === undefined ? [] : [[name, problem]];
}
