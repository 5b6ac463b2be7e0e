import type { CurrentSlots, ListenAllocation } from '../haproxy/slots/allocate.ts';
import { hostPort } from '../ip/address.ts';
import type { Observation } from '../source/observation.ts';
import type { Draft } from './draft.ts';

/** For each listen: which records were chosen and why, how many pods and slots, and what changed against the file before. */
export function explain(draft: Draft, observations: readonly Observation[]): string {
  const listens = draft.layout.map((listen, i) => explainListen(listen, observations[i], draft.before.get(listen.listen.name)));
  return [...listens.flat(), `resolvers: ${resolvers(draft)}`, `file: ${fileChange(draft)}`, ''].join('\n');
}

function explainListen(
  layout: ListenAllocation,
  observation: Observation | undefined,
  before: CurrentSlots | undefined,
): readonly string[] {
  const lines = [`${layout.listen.name}: ${layout.records}: ${observation?.why ?? ''}`];
  const { pods, service, nodes } = layout;
  if (pods !== null) {
    const free = pods.slots - pods.assignments.length;
    lines.push(
      `  ${count(pods.assignments.length + pods.overflow, 'pod')}, ${count(pods.slots, 'slot')}, ${free} free${slotChange(pods.slots, before)}`,
    );
    if (pods.overflow > 0) lines.push(`  ${count(pods.overflow, 'pod')} without a slot`);
    lines.push(...podChanges(layout, before));
  }
  if (service !== null) {
    const seed = service.seed === null ? 'address not known yet' : `now ${service.seed.text}`;
    lines.push(`  ${service.backup ? 'backup' : 'server'} ${service.name}:${service.port}, ${seed}`);
  }
  if (nodes.length > 0) lines.push(`  ${count(nodes.length, 'node')}: ${nodes.map(({ name }) => name).join(', ')}`);
  return lines;
}

function slotChange(slots: number, before: CurrentSlots | undefined): string {
  if (before === undefined) return ' (new)';
  return before.slots === slots ? '' : ` (was ${before.slots} slots)`;
}

function podChanges({ pods }: ListenAllocation, before: CurrentSlots | undefined): readonly string[] {
  if (pods === null || before === undefined) return [];
  const was = new Set([...before.assignments.values()].map(({ address }) => address));
  const is = new Set(pods.assignments.map(({ endpoint }) => endpoint.address.text));
  const came = pods.assignments.filter(({ endpoint }) => !was.has(endpoint.address.text));
  const went = [...was].filter((address) => !is.has(address));
  const places = came.map(({ slot, endpoint }) => `${hostPort(endpoint.address.text, endpoint.port)} in slot ${slot}`);
  return [...(came.length > 0 ? [`  came: ${some(places)}`] : []), ...(went.length > 0 ? [`  went: ${some(went)}`] : [])];
}

function resolvers({ transport }: Draft): string {
  return `${transport.tcp ? 'TCP' : 'UDP'}, answers of up to ${transport.payload} bytes`;
}

function fileChange({ change }: Draft): string {
  switch (change) {
    case 'none':
      return 'as it is';
    case 'addresses':
      return 'only known addresses differ; HAProxy needs no reload';
    case 'shape':
      return 'differs; HAProxy needs a reload';
    default:
      return change satisfies never;
  }
}

function count(n: number, what: string): string {
  return `${n} ${what}${n === 1 ? '' : 's'}`;
}

/** The first few of a list that may have a thousand. */
function some(items: readonly string[]): string {
  const few = 5;
  return items.length <= few ? items.join(', ') : `${items.slice(0, few).join(', ')} and ${items.length - few} more`;
}
