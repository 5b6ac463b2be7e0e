import type { Config } from '../config/config.ts';
import { frontendsOf, sharedListens } from '../haproxy/file/frontends.ts';
import { reloadDigest, sameShape } from '../haproxy/file/reload-digest.ts';
import type { renderer } from '../haproxy/file/render.ts';
import { type DnsTransport, dnsTransport } from '../haproxy/file/resolvers.ts';
import { type Block, bindsIn, blocksOf, listenBlocks, withBlocks } from '../haproxy/file/sections.ts';
import { readSlots } from '../haproxy/file/slot-lines.ts';
import { type Allocation, allocate, type CurrentSlots, type ListenAllocation, type SlotsByListen } from '../haproxy/slots/allocate.ts';
import type { Version } from '../haproxy-syntax/version.ts';
import type { Problem } from '../problem/problem.ts';
import type { Observation } from '../source/observation.ts';
import { withHeldBack } from './held-back.ts';

/** What the next file is made from. */
export interface DesiredFileInput {
  readonly config: Config;
  /** The last good observation of each listen that has one. */
  readonly known: ReadonlyMap<string, Observation>;
  /** Why a listen without one cannot be written. */
  readonly failing: ReadonlyMap<string, Problem>;
  /** Listens that HAProxy refused, by `listenKey` of their block. */
  readonly refused: ReadonlyMap<string, Problem>;
  /** The file that is; null when there is none. */
  readonly disk: string | null;
  /** Digest of the shape HAProxy runs; null when that is not known. */
  readonly runs: string | null;
  /** Whether HAProxy's resolver asks over TCP already: it goes back to UDP only with a reload that happens anyway. */
  readonly tcp: boolean;
  /** Whether slots may be given back though nothing else asks for a reload. */
  readonly shrink: boolean;
  readonly version: Version;
  readonly render: ReturnType<typeof renderer>;
  /** The file that was written last, and what it was made from. */
  readonly made: PreviousFile | null;
}

/** The file that should be. */
export interface DesiredFile {
  readonly text: string;
  readonly layout: Allocation;
  readonly transport: DnsTransport;
  /** Listens that are left as they were, or out where there was nothing before, with the reason. */
  readonly heldBack: ReadonlyMap<string, Problem>;
}

/** A file that was written, and what it was made from, so that the next one is made of what changed. */
export interface PreviousFile {
  readonly config: Config;
  readonly text: string;
  readonly transport: DnsTransport;
  readonly listens: ReadonlyMap<string, { readonly observation: Observation; readonly layout: ListenAllocation }>;
}

/**
 * Lays out and renders what is known, and leaves each listen that cannot be served as configured as it was. Slots are given
 * back only where a reload happens anyway.
 */
export function desiredFile(input: DesiredFileInput): DesiredFile {
  const made = input.made?.text === input.disk && input.made?.config === input.config ? input.made : null;
  const kept = once(input, made, input.shrink);
  const anyway = !input.shrink && reloadDigest(kept.text) !== (input.runs ?? (input.disk === null ? '' : reloadDigest(input.disk)));
  return anyway ? once(input, made, true) : kept;
}

/** What a file was made from; null where the next one has to be made from the start. */
export function previousFileOf(
  { config, known }: DesiredFileInput,
  { text, layout, transport, heldBack }: DesiredFile,
): PreviousFile | null {
  if (heldBack.size > 0) return null;
  const listens = layout.flatMap((layout) => {
    const observation = known.get(layout.listen.name);
    return observation === undefined ? [] : [[layout.listen.name, { observation, layout }] as const];
  });
  return { config, text, transport, listens: new Map(listens) };
}

function once(input: DesiredFileInput, made: PreviousFile | null, shrink: boolean): DesiredFile {
  const { config, known, failing, refused, disk, version } = input;
  const observations = config.listens.flatMap(({ name }) => known.get(name) ?? []);
  const seated = made === null && disk !== null ? readSlots(disk) : new Map<string, CurrentSlots>();
  // The same observation on the assignments it was given before is the same layout: a pod keeps its slot.
  const layout = observations.flatMap((observation) => {
    const { name } = observation.listen;
    const last = made?.listens.get(name);
    if (!shrink && last?.observation === observation) return [last.layout];
    return allocate(config, [observation], last === undefined ? seated : slotsOf(name, last.layout), shrink);
  });
  const measured = dnsTransport(config, layout, observations, version);
  const transport = input.tcp && !shrink && !measured.tcp ? { ...measured, tcp: true, payload: 65_535 } : measured;
  const text = rendered(input, layout, transport, shrink ? null : made);

  const heldBack = new Map<string, Problem>(config.listens.flatMap(({ name }) => (known.has(name) ? [] : [...entry(failing, name)])));
  if (refused.size > 0) {
    for (const [name, block] of listenBlocks(text)) {
      const problem = refused.get(listenKey(name, block));
      if (problem !== undefined) heldBack.set(name, problem);
    }
  }
  if (heldBack.size === 0) return { text, layout, transport, heldBack };
  return { text: withHeldBack(text, disk, config, known, heldBack), layout, transport, heldBack };
}

/** The whole file; or, where the built-in templates wrote the last one, that one with the listens that changed written anew. */
function rendered({ config, render }: DesiredFileInput, layout: Allocation, transport: DnsTransport, made: PreviousFile | null): string {
  const same =
    made !== null && config.haproxy.templates === null && made.listens.size === layout.length && sharedListens(config.listens).size === 0;
  if (!same || made.transport.tcp !== transport.tcp || made.transport.payload !== transport.payload)
    return render(config, layout, transport);
  const changed = layout.filter((one) => made.listens.get(one.listen.name)?.layout !== one);
  const names = new Set(changed.map(({ listen }) => listen.name));
  const blocks = [...listenBlocks(render(config, changed, transport))].filter(([name]) => names.has(name));
  const text = withBlocks(made.text, namesOf(config), new Map(blocks));
  const was = listenBlocks(made.text);
  if (blocks.every(([name, block]) => reloadDigest(was.get(name) ?? '') === reloadDigest(block))) sameShape(made.text, text);
  return text;
}

function slotsOf(name: string, { slots, pods }: ListenAllocation): SlotsByListen {
  if (slots === null) return new Map();
  const assigned = pods.flatMap(({ slot, target }) =>
    slot === null || target.kind !== 'name' || target.seed === null
      ? []
      : [[slot, { address: target.seed.text, port: target.port }] as const],
  );
  return new Map([[name, { count: slots.count, pods: new Map(assigned) }]]);
}

const namesOf = ({ listens }: Config): readonly string[] => listens.map(({ name }) => name);

/** Names what was written for a listen, whatever its seeds. */
export function listenKey(name: string, block: string): string {
  return `${name} ${reloadDigest(block)}`;
}

/** The same for a listen as it stands in a file. */
export function keyIn({ text }: Pick<DesiredFile, 'text'>, name: string): string {
  return listenKey(name, listenBlocks(text).get(name) ?? '');
}

/** The listens whose shape differs between two files, with their blocks in the second. */
export function changedListens(before: string | null, after: string): ReadonlyMap<string, string> {
  const was = listenBlocks(before ?? '');
  return new Map(
    [...listenBlocks(after)].filter(([name, block]) => {
      const old = was.get(name);
      return old !== block && (old === undefined || reloadDigest(old) !== reloadDigest(block));
    }),
  );
}

/**
 * The listens that a reload may have failed on when HAProxy did not say: those that changed, and of these the ones with a new
 * bind where there are some (all that share it), because hardly anything else fails that `haproxy -c` accepted. None when other sections changed too.
 */
export function suspectedListens(before: string | null, after: string, { listens }: Config): readonly string[] {
  const frontends = new Map(frontendsOf(listens).map(({ name, listens }) => [`frontend ${name}`, listens]));
  const headerOf = ({ text }: Block) => text.trimStart().split('\n', 1)[0] ?? '';
  const others = (text: string) =>
    blocksOf(text).flatMap((block) => (block.listen !== null || headerOf(block).startsWith('frontend _shared_') ? [] : [block.text]));
  if (before === null || others(before).join('') !== others(after).join('')) return [];
  const had = new Set(bindsIn(before));
  const binding = blocksOf(after)
    .filter(({ text }) => bindsIn(text).some((bind) => !had.has(bind)))
    .flatMap((block) => (block.listen === null ? (frontends.get(headerOf(block)) ?? []) : [block.listen]));
  return [...new Set(binding.length > 0 ? binding : changedListens(before, after).keys())];
}

function entry<K, V>(map: ReadonlyMap<K, V>, key: K): readonly (readonly [K, V])[] {
  const value = map.get(key);
  return value === undefined ? [] : [[key, value]];
}
