import { whyByReload } from '../haproxy/file/pod-lines.ts';
import { listenBlocks } from '../haproxy/file/sections.ts';
import type { ListenAllocation, ServerTarget } from '../haproxy/slots/allocate.ts';
import { hostPort } from '../ip/address.ts';
import type { Observation } from '../source/observation.ts';
import { shortList } from '../terminal/short-list.ts';
import type { FileChanges, ListenChange } from './changes.ts';
import type { DesiredFile } from './desired-file.ts';

/**
 * An explanation for people: for each listen the records and the reason for them, the pods and slots, and the difference to the current file.
 */
export function explain(desired: DesiredFile, observations: readonly Observation[]): string {
  const { transport, changes } = desired;
  const changed = new Map(changes.listens.map((change) => [change.listen, change]));
  const blocks = listenBlocks(desired.text);
  const listens = desired.allocation.map((allocation, i) => {
    const { name } = allocation.listen;
    return explainListen(allocation, observations[i], changed.get(name) ?? null, blocks.get(name) ?? '');
  });
  const resolvers = `${transport.tcp ? 'TCP' : 'UDP'}, answers of up to ${transport.payload} bytes`;
  return [...listens.flat(), `resolvers: ${resolvers}`, `file: ${difference(changes)}`, ''].join('\n');
}

function explainListen(
  allocation: ListenAllocation,
  observation: Observation | undefined,
  change: ListenChange | null,
  block: string,
): readonly string[] {
  const lines = [`${allocation.listen.name}: ${allocation.records}: ${observation?.why ?? ''}`];
  const { slots, pods, service, nodes } = allocation;
  if (slots !== null) {
    const all = pods.length + slots.overflow;
    lines.push(`  ${count(all, 'pod')}, ${count(slots.count, 'slot')}, ${slots.count - pods.length} free${slotChange(change)}`);
    if (slots.overflow > 0) lines.push(`  ${count(slots.overflow, 'pod')} without a slot`);
    lines.push(...changeText(change));
  }
  if (slots === null && observation?.resolution?.kind === 'address') {
    const draining = pods.filter((pod) => pod.draining).length;
    const why = whyByReload(block);
    const way = why === null ? 'pods come and go at run time' : `pods come and go by reloads: ${why}`;
    lines.push(`  ${count(pods.length, 'pod')}${draining === 0 ? '' : `, ${draining} of them draining`}; ${way}`, ...changeText(change));
  }
  if (service !== null) lines.push(`  ${service.backup ? 'backup' : 'server'} ${targetText(service.target)}`);
  if (nodes.length > 0) lines.push(`  ${count(nodes.length, 'node')}: ${nodes.map(({ name }) => name).join(', ')}`);
  return lines;
}

function slotChange(change: ListenChange | null): string {
  if (change?.kind === 'added') return ' (new)';
  return change === null || change.slots === null ? '' : ` (was ${change.slots.from} slots)`;
}

function changeText(change: ListenChange | null): readonly string[] {
  if (change === null || change.kind !== 'changed') return [];
  const { added, removed, moved } = change;
  const listed: readonly (readonly [string, readonly string[]])[] = [
    ['added', added.map(({ server, address }) => `${address} as ${server}`)],
    ['removed', removed.map(({ server, address }) => `${address} from ${server}`)],
    ['replaced', moved.map(({ server, from, to }) => `${from} by ${to} as ${server}`)],
  ];
  return listed.flatMap(([word, items]) => (items.length === 0 ? [] : [`  ${word}: ${shortList(items)}`]));
}

function targetText(target: ServerTarget): string {
  if (target.kind === 'address') return hostPort(target.address.text, target.port);
  return `${target.name}:${target.port}, ${target.seed === null ? 'address not known yet' : `now ${target.seed.text}`}`;
}

function difference({ listens, otherSections }: FileChanges): string {
  if (listens.length === 0 && !otherSections) return 'unchanged';
  if (otherSections || listens.some((change) => change.needsReload)) return 'differs; HAProxy needs a reload';
  const atRunTime = listens.some((change) => change.runtime);
  return atRunTime ? 'only pods differ; podfront watch changes them at run time' : 'only known addresses differ; HAProxy needs no reload';
}

function count(n: number, what: string): string {
  return `${n} ${what}${n === 1 ? '' : 's'}`;
}
