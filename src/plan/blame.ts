import type { Config } from '../config/config.ts';
import { frontendsOf } from '../haproxy/file/frontends.ts';
import { listenOfLine } from '../haproxy/process/check-alerts.ts';
import type { DesiredFile } from './desired-file.ts';

interface Complaint {
  readonly kind: string;
  readonly verdict?: { readonly alerts: readonly { readonly listen: string | null }[] };
  readonly lines?: readonly string[];
}

/**
 * The listens that HAProxy named when it refused a file, or failed to reload on it; none when something else is at fault
 * too, or a listen that is left as it was already, because leaving them as they were would not help then.
 */
export function blamedListens(
  complaint: Complaint,
  { text, heldBack }: Pick<DesiredFile, 'text' | 'heldBack'>,
  config: Config,
): readonly string[] {
  const named = namedBy(complaint, text, config);
  return named.some((name) => heldBack.has(name)) ? [] : named;
}

function namedBy({ kind, verdict, lines }: Complaint, text: string, config: Config): readonly string[] {
  const names = new Set(config.listens.map(({ name }) => name));
  if (kind === 'refused') {
    const owners = verdict?.alerts.map(({ listen }) => listen) ?? [];
    return owners.includes(null) ? [] : [...new Set(owners.filter((name) => name !== null))];
  }
  if (kind !== 'failed') return [];
  const owners = listenOfLine(text);
  const frontends = frontendsOf(config.listens);
  const found = (lines ?? [])
    .filter((line) => line.startsWith('[ALERT]'))
    .flatMap((line): readonly string[] => {
      const proxy = /\bfor proxy ([^\s:]+)/.exec(line)?.[1];
      if (proxy !== undefined) return frontends.find(({ name }) => name === proxy)?.listens ?? [proxy];
      const owner = owners[Number(/\[[^\]]+:(\d+)\]/.exec(line)?.[1] ?? 0) - 1] ?? null;
      return owner === null ? [] : [owner];
    });
  return [...new Set(found.filter((name) => names.has(name)))];
}
