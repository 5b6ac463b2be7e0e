import type { Config } from '../config/config.ts';
import { blocksOf } from '../haproxy/file/sections.ts';
import { parsePodLine, readSlots, withoutSeeds, withSeed } from '../haproxy/file/slot-lines.ts';
import { allocate, type PodSlots } from '../haproxy/slots/allocate.ts';
import type { Observation } from '../source/observation.ts';

/**
 * The file with the pods of now in the slots it has, whatever the configuration wants by now: what HAProxy starts with stays
 * current while a change cannot be made. Its shape is the same, so HAProxy needs no reload for it.
 *
 * @param known the last good observation of each listen
 */
export function refreshSlots(text: string, config: Config, known: ReadonlyMap<string, Observation>): string {
  return blocksOf(text)
    .map((block) => {
      const observation = block.listen === null ? undefined : known.get(block.listen);
      return observation === undefined ? block.text : refreshListenSlots(block.text, config, observation);
    })
    .join('');
}

/** The same for the block of one listen. What is written in another form than podfront's own, or asks for another name, stays as it is. */
export function refreshListenSlots(block: string, config: Config, observation: Observation): string {
  const [before] = readSlots(block).values();
  const listen = { ...observation.listen, maxExpectedPods: before?.slots ?? 0 };
  const [layout] = allocate(config, [{ ...observation, listen }], new Map(before === undefined ? [] : [[listen.name, before]]), false);
  if (layout === undefined) return block;
  const { pods, service } = layout;
  let written = false;
  const text = block
    .split('\n')
    .flatMap((line) => {
      if (service !== null && line.trimStart().startsWith(`server service ${service.name}:${service.port} `))
        return [withSeed(line, service.seed?.text ?? 'none')];
      const pod = parsePodLine(line);
      if (pod === null || pods === null || pod.target !== targetOf(pods)) return [line];
      if (written) return [];
      written = true;
      return podLines(pods, pod.indent, pod.options);
    })
    .join('\n');
  return withoutSeeds(text) === withoutSeeds(block) ? text : block;
}

function targetOf({ name, port }: PodSlots): string {
  return port === null ? name : `${name}:${port}`;
}

/** A line for each pod, and one for each run of free slots between and behind them, as templates/server.mustache has them. */
function podLines(pods: PodSlots, indent: string, options: string): readonly string[] {
  const { slots, assignments, port, name } = pods;
  const lines: string[] = [];
  const free = (first: number, last: number) => {
    if (first > last) return;
    const range = first === 1 && last === slots ? String(slots) : `${first}-${last}`;
    lines.push(withSeed(`${indent}server-template pod ${range} ${targetOf(pods)} ${options}`, 'none'));
  };
  let next = 1;
  for (const { slot, endpoint } of assignments) {
    free(next, slot - 1);
    const target = `${name}:${port ?? endpoint.port}`;
    lines.push(withSeed(`${indent}server pod${slot} ${target} ${options}`, endpoint.address.text));
    next = slot + 1;
  }
  free(next, slots);
  return lines;
}
