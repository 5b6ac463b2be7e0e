import type { FileChanges, ListenChange } from './changes.ts';

/** The number of servers of a listen that are named; the others are only counted. */
const maxServers = 2;

/** One sentence for each listen that differs, and one for the other sections. */
export function describeChanges({ listens, otherSections }: FileChanges): readonly string[] {
  return [...listens.map(describeListen), ...(otherSections ? ['sections beside the listens change'] : [])];
}

/** The sentences for a log line: the first few, and the number of the others. */
export function summarizeChanges(changes: FileChanges): readonly string[] {
  return someOf(describeChanges(changes));
}

/** The first items, and the number of the others. */
export function someOf(all: readonly string[], max = 3): readonly string[] {
  return all.length <= max ? all : [...all.slice(0, max), `and ${all.length - max} more changes`];
}

function describeListen({ listen, kind, added, removed, moved, pods, slots, otherLines }: ListenChange): string {
  if (kind !== 'changed') return `listen ${listen} is ${kind}`;
  const servers = [
    ...some(
      added.map(({ address }) => `${address} added`),
      'added',
    ),
    ...some(
      removed.map(({ address }) => `${address} gone`),
      'gone',
    ),
    ...some(
      moved.map(({ from, to }) => `${from} replaced by ${to}`),
      'replaced',
    ),
  ];
  const count = pods === null ? null : `${pods.from} to ${pods.to} pods`;
  const areNamed = [added, removed, moved].every(({ length }) => length <= maxServers);
  const parts = [
    ...(count === null ? servers : areNamed ? [`${servers.join(', ')} (${count})`] : [count]),
    ...(slots === null ? [] : [`${slots.from} to ${slots.to} slots`]),
    ...(otherLines ? ['other lines'] : []),
  ];
  return `listen ${listen}: ${parts.join(', ')}`;
}

function some(each: readonly string[], verb: string): readonly string[] {
  return each.length <= maxServers ? each : [`${each.length} servers ${verb}`];
}
