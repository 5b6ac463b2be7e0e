import { atLeast, type Version } from '../../haproxy-syntax/version.ts';
import { hostPort } from '../../ip/address.ts';
import type { ListenAllocation, PodServer, Server, Slots, SlotsByListen } from '../slots/allocate.ts';
import { onlyPod } from '../slots/only-pod.ts';
import { patternServer, podLineMatcher, podPattern, withPodLines } from './pod-lines.ts';
import { listenOfHeader } from './section-header.ts';
import { asOneOfMany, asOnlyPod, parseLine, portOf, seedOf, withoutSrvPort, withSeed } from './server-line.ts';
import { proxyOption, tlsOptions } from './server-options.ts';
import type { Data } from './template.ts';

// Only this file and server-line.ts know the form of server lines. Lines are written through templates/server.mustache, and are also the
// only record of which pod has which slot. Lines of another form are copied without being interpreted.

/** A server line without its options. */
interface ServerLine {
  readonly directive: 'server' | 'server-template';
  readonly id: string;
  readonly range: string | null;
  readonly target: string;
  readonly seed: string | null;
}

/**
 * The data of each server line of a listen: pods first, then the Service, then nodes. The pattern of their lines comes before pods whose
 * addresses podfront keeps current (see runtime-listens.ts).
 *
 * @param version the HAProxy that the lines are for: only keywords that it has are written
 */
export function serverData(allocation: ListenAllocation, version: Version): readonly Data[] {
  const { listen, records, family, slots, pods, service, nodes } = allocation;
  const options = {
    check: listen.check,
    observed: false,
    resolved: true,
    family: `ipv${family}`,
    srv: false,
    tls: tlsOptions(listen),
    proxy: proxyOption(listen),
    // The options of pods do not apply to the service that is their backup.
    extra: listen.destination.kind === 'pods' ? null : listen.extraPodTemplateOptions || null,
    draining: false,
    backup: false,
  };
  // `resolve-opts ignore-weight`: HAProxy 2.1.
  const srv = records === 'srv' && atLeast(version, 2, 1);
  const podOptions = { ...options, observed: true, resolved: slots !== null, srv, extra: listen.extraPodTemplateOptions || null };
  const nodeOptions = { ...options, resolved: false };
  const only = onlyPod(allocation);
  const pattern = { directive: 'server', ...patternServer, range: null, seed: null, options: podOptions };
  return [
    ...(records === 'endpoints' ? [pattern] : []),
    ...podLines(slots, pods).map(({ draining, ...server }) => ({
      ...server,
      options: { ...podOptions, draining, observed: server.id !== only },
    })),
    ...(service === null
      ? []
      : [{ ...serverLine(service), options: { ...options, resolved: service.target.kind === 'name', backup: service.backup } }]),
    ...nodes.map((node) => ({ ...serverLine(node), options: nodeOptions })),
  ];
}

function serverLine({ name, target }: Server): ServerLine {
  const line = { directive: 'server', id: name, range: null } as const;
  switch (target.kind) {
    case 'name':
      return { ...line, target: `${target.name}:${target.port}`, seed: target.seed?.text ?? 'none' };
    case 'address':
      return { ...line, target: hostPort(target.address.text, target.port), seed: null };
    default:
      return target satisfies never;
  }
}

/** The lines of pods, which have one line each where podfront keeps their addresses current. */
function podLines(slots: Slots | null, pods: readonly PodServer[]): readonly (ServerLine & { readonly draining: boolean })[] {
  if (slots === null) return pods.map((pod) => ({ ...serverLine(pod), draining: pod.draining }));
  return slotLines(slots, pods).map((line) => ({ ...line, draining: false }));
}

/** A seeded line for each pod, and a server-template for each run of free slots between and after them. */
function slotLines(slots: Slots, pods: readonly PodServer[]): readonly ServerLine[] {
  const lines: ServerLine[] = [];
  const free = (first: number, last: number) => {
    if (first > last) return;
    const range = first === 1 && last === slots.count ? String(last) : `${first}-${last}`;
    lines.push({ directive: 'server-template', id: 'pod', range, target: slotTarget(slots), seed: 'none' });
  };
  let next = 1;
  for (const pod of pods) {
    const slot = pod.slot ?? next;
    free(next, slot - 1);
    lines.push(serverLine(pod));
    next = slot + 1;
  }
  free(next, slots.count);
  return lines;
}

const slotTarget = ({ name, port }: Slots): string => (port === null ? name : `${name}:${port}`);

/** The number of servers that HAProxy creates for the block of a listen. */
export function countServers(block: string): number {
  return block.split('\n').reduce((sum, text) => sum + (parseLine(text)?.servers ?? 0), 0);
}

/** Reads the pods in slots and servers from a file that podfront wrote. An address that is not in canonical form matches no pod. */
export function readSlots(file: string): SlotsByListen {
  const found = new Map<
    string,
    { count: number; readonly pods: Map<number, { address: string; port: number | null }>; readonly names: Map<string, string> }
  >();
  let listen: string | null = null;
  for (const text of file.split('\n')) {
    if (/^\S/.test(text)) listen = listenOfHeader(text);
    const parsed = listen === null ? null : parseLine(text);
    if (listen === null || parsed === null) continue;
    const servers = found.get(listen) ?? { count: 0, pods: new Map(), names: new Map() };
    const seed = seedOf(parsed);
    if (parsed.slots !== null) {
      const [first, last] = parsed.slots;
      found.set(listen, { ...servers, count: Math.max(servers.count, last) });
      if (first === last && seed !== null && seed !== 'none') servers.pods.set(first, { address: seed, port: portOf(parsed) });
    } else if (seed === null) {
      found.set(listen, servers);
      servers.names.set(parsed.target, parsed.id);
    }
  }
  return found;
}

/** The addresses that servers of a block start with: `address:port` by name. */
export function readStartAddresses(block: string): ReadonlyMap<string, string> {
  const servers = new Map<string, string>();
  for (const text of block.split('\n')) {
    const parsed = parseLine(text);
    const seed = parsed === null ? null : seedOf(parsed);
    if (parsed === null || parsed.servers !== 1 || seed === 'none') continue;
    servers.set(parsed.id, seed === null ? parsed.target : hostPort(seed, portOf(parsed) ?? 0));
  }
  return servers;
}

/**
 * The file without addresses that HAProxy's own resolver follows, and without pods that are changed at run time: a change in the
 * rest needs a reload. Adjacent equal slots become one line.
 */
export function withoutSeeds(file: string): string {
  const lines: string[] = [];
  let ranges: [number, number][] = [];
  let alike: string | null = null;
  const endRun = () => {
    if (alike !== null) lines.push(`    pods ${ranges.map(([first, last]) => `${first}-${last}`).join(' ')} ${alike}`);
    [ranges, alike] = [[], null];
  };
  let isPod: ((line: string) => boolean) | null = null;
  for (const text of file.split('\n')) {
    const pattern = podPattern(text);
    if (pattern !== null) isPod = podLineMatcher(pattern);
    else if (/^\S/.test(text)) isPod = null;
    if (isPod?.(text)) continue;
    const parsed = parseLine(text);
    const slots = parsed?.slots ?? null;
    if (parsed === null || slots === null) {
      endRun();
      lines.push(parsed === null ? text : withSeed(text, '*'));
      continue;
    }
    const rest = `${withoutSrvPort(parsed.target)} ${withSeed(asOneOfMany(parsed.options), '*')}`;
    if (rest !== alike) endRun();
    alike = rest;
    const last = ranges.at(-1);
    if (last !== undefined && last[1] + 1 === slots[0]) last[1] = slots[1];
    else ranges.push([slots[0], slots[1]]);
  }
  endRun();
  return lines.join('\n');
}

/** The block of a listen without slots, and with only the options of servers whose address podfront keeps current. */
export function withoutServers(block: string): string {
  const lines: string[] = [];
  for (const text of withoutSeeds(block).split('\n')) {
    const parsed = parseLine(text);
    const podOptions = /^ {4}pods [\d -]+ (.*)$/.exec(text)?.[1];
    const options = podOptions ?? (parsed === null || seedOf(parsed) !== null ? null : parsed.options);
    const line = options === null ? text : `    server ${options}`;
    if (line !== lines.at(-1)) lines.push(line);
  }
  return lines.join('\n');
}

/**
 * The block of a listen with the addresses of an allocation, as rendering it again would write them. Lines of another form, or
 * of slots that follow another name, are unchanged.
 */
export function rewriteServers(block: string, allocation: ListenAllocation): string {
  const { slots, pods, service } = allocation;
  const only = onlyPod(allocation);
  let rewritten = false;
  return (slots === null ? withPodLines(block, pods, only) : block)
    .split('\n')
    .flatMap((text) => {
      const parsed = parseLine(text);
      if (parsed === null || seedOf(parsed) === null) return [text];
      if (service !== null && parsed.id === service.name && parsed.target === serverLine(service).target)
        return [withSeed(text, serverLine(service).seed ?? 'none')];
      if (slots === null || parsed.slots === null || withoutSrvPort(parsed.target) !== slotTarget(slots)) return [text];
      if (rewritten) return [];
      rewritten = true;
      const { indent } = parsed;
      const options = asOneOfMany(parsed.options);
      return slotLines(slots, pods).map((line) => {
        const { directive, id, range, target, seed } = line;
        const own = id === only ? asOnlyPod(options) : options;
        const words = [directive, id, ...(range === null ? [] : [range]), target, withSeed(own, seed ?? 'none')];
        return `${indent}${words.join(' ')}`;
      });
    })
    .join('\n');
}
