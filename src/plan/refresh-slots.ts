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
 * blocks of those listens are read, because a file may have 1,000 others.
 */
export function refreshPods(file: string, allocations: Iterable<ListenAllocation>): string | null {
  let text = file;
  for (const allocation of allocations) {
    const { listen, pods } = allocation;
    const at = Math.max(text.indexOf(`\nlisten ${listen.name}\n`), text.indexOf(`\nbackend ${listen.name}\n`));
    if (at < 0) return null;
    const start = text.indexOf('\n', at + 1) + 1;
    const next = /\n(?=[a-z])/g;
    next.lastIndex = start;
    const end = next.exec(text)?.index ?? text.length;
    const block = text.slice(start, end);
    if (!isRuntimeListen(block)) return null;
    text = text.slice(0, start) + withPodLines(block, pods, onlyPod(allocation)) + text.slice(end);
  }
  return text;
}
