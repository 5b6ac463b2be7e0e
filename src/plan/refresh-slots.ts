import type { Config } from '../config/config.ts';
import { isRuntimeListen, withPodLines } from '../haproxy/file/pod-lines.ts';
import { blocksOf } from '../haproxy/file/sections.ts';
import { readSlots, rewriteServers, withoutSeeds } from '../haproxy/file/slot-lines.ts';
import { allocateServers, type ListenAllocation } from '../haproxy/slots/allocate.ts';
import { onlyPod } from '../haproxy/slots/only-pod.ts';
import type { Observation } from '../source/observation.ts';

/**
 * The current file with the currently known addresses in its slots, whatever the configuration asks for. So a HAProxy that is
 * restarted while the desired file is held starts with current addresses. The running HAProxy needs no reload for it.
 *
 * @param observations the last good ones
 */
export function refreshSlots(file: string, config: Config, observations: readonly Observation[]): string {
  const observed = new Map(observations.map((observation) => [observation.listen.name, observation]));
  return blocksOf(file)
    .map((block) => {
      const observation = block.listen === null ? undefined : observed.get(block.listen);
      return observation === undefined ? block.text : refreshListenSlots(block.text, config, observation);
    })
    .join('');
}

/** The block of one listen refreshed in the same way, or unchanged where more than addresses would change. */
export function refreshListenSlots(block: string, config: Config, observation: Observation): string {
  const [current] = readSlots(block).values();
  const listen = { ...observation.listen, maxExpectedPods: current?.count ?? 0 };
  const slots = new Map(current === undefined ? [] : [[listen.name, current]]);
  const [allocation] = allocateServers(config, [{ ...observation, listen }], slots, false);
  const refreshed = allocation === undefined ? block : rewriteServers(block, allocation);
  return withoutSeeds(refreshed) === withoutSeeds(block) ? refreshed : block;
}

/**
 * The current file with these pods in listens whose pods are changed at run time; null where a listen is not of that kind. Only the
 * blocks of those listens are read, because a file may have 1,000 others, and the text is joined once, not once for each listen.
 */
export function refreshPods(file: string, allocations: Iterable<ListenAllocation>): string | null {
  const edits: { readonly start: number; readonly end: number; readonly block: string }[] = [];
  for (const allocation of allocations) {
    const { listen, pods } = allocation;
    const start = blockStart(file, listen.name);
    if (start === null) return null;
    const next = /\n(?=[a-z])/g;
    next.lastIndex = start;
    const end = next.exec(file)?.index ?? file.length;
    const block = file.slice(start, end);
    if (!isRuntimeListen(block)) return null;
    edits.push({ start, end, block: withPodLines(block, pods, onlyPod(allocation)) });
  }
  edits.sort((a, b) => a.start - b.start);
  const parts = edits.flatMap(({ start, block }, i) => [file.slice(edits[i - 1]?.end ?? 0, start), block]);
  return [...parts, file.slice(edits.at(-1)?.end ?? 0)].join('');
}

/** Where the lines of a listen begin, behind its header. */
function blockStart(file: string, name: string): number | null {
  for (const header of [`\nlisten ${name}\n`, `\nbackend ${name}\n`]) {
    const at = file.indexOf(header);
    if (at >= 0) return at + header.length;
  }
  return null;
}
