import type { Config } from '../config/config.ts';
import type { renderer } from '../haproxy/file/render.ts';
import { type DnsTransport, dnsTransport } from '../haproxy/file/resolvers.ts';
import { readSlots, withoutSeeds } from '../haproxy/file/slot-lines.ts';
import { type Allocation, allocate, type SlotsByListen } from '../haproxy/slots/allocate.ts';
import type { Version } from '../haproxy-syntax/version.ts';
import { type Problem, problemWith } from '../problem/problem.ts';
import type { Observation } from '../source/observation.ts';

/** The file that should be, beside the one that is. */
export interface Draft {
  readonly text: string;
  readonly layout: Allocation;
  readonly transport: DnsTransport;
  /** Who sat where in the file that is. */
  readonly before: SlotsByListen;
  /**
   * `none`: the same bytes. `addresses`: other seeds only, which HAProxy's resolver follows by itself. `shape`: anything else,
   * which needs a reload.
   */
  readonly change: 'none' | 'addresses' | 'shape';
}

export interface DraftInput {
  readonly config: Config;
  readonly observations: readonly Observation[];
  /** The file that is; null when there is none. */
  readonly current: string | null;
  readonly version: Version;
  readonly render: ReturnType<typeof renderer>;
}

/** Lays out and renders. Slots are given back only where a reload happens anyway. */
export function draft(input: DraftInput): Draft {
  const kept = draftOnce(input, false);
  return kept.change === 'shape' && input.current !== null ? draftOnce(input, true) : kept;
}

function draftOnce({ config, observations, current, version, render }: DraftInput, shrink: boolean): Draft {
  const before: SlotsByListen = current === null ? new Map() : readSlots(current);
  const layout = allocate(config, observations, before, shrink);
  const transport = dnsTransport(config, layout, observations, version);
  const text = render(config, layout, transport);
  return { text, layout, transport, before, change: changeBetween(current, text) };
}

function changeBetween(current: string | null, text: string): Draft['change'] {
  if (current === text) return 'none';
  return current !== null && withoutSeeds(current) === withoutSeeds(text) ? 'addresses' : 'shape';
}

/** What a user should know of a draft although it can be used: pods without a slot, answers that grow too large. */
export function draftWarnings(config: Config, { layout, transport }: Draft): readonly Problem[] {
  const overflows = layout.flatMap(({ listen, slots }) => {
    if (slots === null || slots.overflow === 0) return [];
    const at = { file: config.file, path: `listen.${listen.name}` };
    return [problemWith({ at }, 'render.overflow', { pods: slots.count + slots.overflow, slots: slots.count, without: slots.overflow })];
  });
  return [...overflows, ...transport.warnings];
}

/**
 * File descriptors HAProxy needs for this layout beside its connections: one for each checked server and for each bind, and
 * about 100 of its own. Below that it says "Cannot raise FD limit" when it starts, although `haproxy -c` was content.
 */
export function descriptorsNeeded(layout: Allocation): number {
  const perListen = layout.map(({ listen, slots, pods, service, nodes }) => {
    const servers = (slots?.count ?? pods.length) + (service === null ? 0 : 1) + nodes.length;
    return listen.check ? servers : 0;
  });
  // Listens may share an address.
  const binds = new Map(
    layout.flatMap(({ listen }) => listen.binds.map((bind) => [bind.text, 1 + bind.lastPort - bind.firstPort] as const)),
  );
  return [...perListen, ...binds.values()].reduce((sum, n) => sum + n, 100);
}
