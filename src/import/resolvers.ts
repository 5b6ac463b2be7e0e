import { readNameserver } from '../config/values/cluster.ts';
import { parseMilliseconds } from '../config/values/duration.ts';
import { isValid } from '../problem/problem.ts';
import type { Section } from './section.ts';

/** The name servers of the used sections; null where they have none that podfront can ask. */
export function nameserversOf(resolvers: readonly Section[]): readonly string[] | null {
  const written = resolvers.flatMap(({ lines }) =>
    lines.filter(({ words }) => words[0] === 'nameserver').flatMap(({ words }) => words[2] ?? []),
  );
  const known = [...new Set(written)].filter(isNameserver);
  return known.length === 0 ? null : known;
}

/** The `timeout resolve` of the sections, for `pace.poll`; null where it is absent or out of range. */
export function pollOf(resolvers: readonly Section[]): string | null {
  const line = resolvers.flatMap(({ lines }) => lines).findLast(({ words }) => words[0] === 'timeout' && words[1] === 'resolve');
  const ms = parseMilliseconds(line?.words[2] ?? '');
  return ms === null || ms < 50 || ms > 3_600_000 ? null : (line?.words[2] ?? null);
}

/** Whether podfront can ask this name server. */
export function isNameserver(text: string): boolean {
  return isValid(() => readNameserver(text));
}
