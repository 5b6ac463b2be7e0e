import { listenOfLine } from './alerts.ts';
import type { Config } from './config.ts';
import type { Next } from './next.ts';

interface Complaint {
  readonly kind: string;
  readonly verdict?: { readonly alerts: readonly { readonly listen: string | null }[] };
  readonly lines?: readonly string[];
}

/**
 * The listens that HAProxy named when it refused a file, or failed to reload on it; none when something else is at fault
 * too, or a listen that is left as it was already, because leaving them as they were would not help then.
 */
export function culpritsOf(complaint: Complaint, { text, left }: Pick<Next, 'text' | 'left'>, config: Config): readonly string[] {
  const named = namedBy(complaint, text, config);
  return named.some((name) => left.has(name)) ? [] : named;
}

function namedBy({ kind, verdict, lines }: Complaint, text: string, config: Config): readonly string[] {
  const names = new Set(config.listens.map(({ name }) => name));
  if (kind === 'refused') {
    const owners = verdict?.alerts.map(({ listen }) => listen) ?? [];
    return owners.includes(null) ? [] : [...new Set(owners.filter((name) => name !== null))];
  }
  if (kind !== 'failed') return [];
  const owners = listenOfLine(text);
  const found = (lines ?? [])
    .filter((line) => line.startsWith('[ALERT]'))
    .map((line) => /\bfor proxy ([^\s:]+)/.exec(line)?.[1] ?? owners[Number(/\[[^\]]+:(\d+)\]/.exec(line)?.[1] ?? 0) - 1])
    .filter((name) => name !== undefined && name !== null && names.has(name));
  return [...new Set(found.filter((name) => name !== undefined && name !== null))];
}
