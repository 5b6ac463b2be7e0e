import type { CurrentSlots, ListenAllocation, PodServer, ServerTarget } from '../haproxy/slots/allocate.ts';
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
  const { slots, pods, service, nodes } = layout;
  if (slots !== null) {
    const free = slots.count - pods.length;
    lines.push(
      `  ${count(pods.length + slots.overflow, 'pod')}, ${count(slots.count, 'slot')}, ${free} free${slotChange(slots.count, before)}`,
    );
    if (slots.overflow > 0) lines.push(`  ${count(slots.overflow, 'pod')} without a slot`);
    lines.push(...podChanges(layout, before));
  }
  if (service !== null) {
    lines.push(`  ${service.backup ? 'backup' : 'server'} ${targetText(service.target)}`);
  }
  if (nodes.length > 0) lines.push(`  ${count(nodes.length, 'node')}: ${nodes.map(({ name }) => name).join(', ')}`);
  return lines;
}

function slotChange(slots: number, before: CurrentSlots | undefined): string {
  if (before === undefined) return ' (new)';
  return before.count === slots ? '' : ` (was ${before.count} slots)`;
}

function podChanges({ pods }: ListenAllocation, before: CurrentSlots | undefined): readonly string[] {
  if (before === undefined) return [];
  const address = ({ target }: PodServer) => (target.kind === 'address' ? target.address : target.seed)?.text ?? '';
  const was = new Set([...before.pods.values()].map(({ address }) => address));
  const is = new Set(pods.map(address));
  const came = pods.filter((pod) => !was.has(address(pod)));
  const went = [...was].filter((address) => !is.has(address));
  const places = came.map((pod) => `${hostPort(address(pod), pod.target.port)} in slot ${pod.slot}`);
  return [...(came.length > 0 ? [`  came: ${some(places)}`] : []), ...(went.length > 0 ? [`  went: ${some(went)}`] : [])];
}

function targetText(target: ServerTarget): string {
  if (target.kind === 'address') return hostPort(target.address.text, target.port);
  return `${target.name}:${target.port}, ${target.seed === null ? 'address not known yet' : `now ${target.seed.text}`}`;
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
