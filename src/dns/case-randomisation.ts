/**
 * What a server does with the letter case of names. It may be mixed only where each answer comes in the case of its own
 * question: a cache in front (CoreDNS's `cache` plugin, 1.8.0 and 1.15.0 alike) hands the case of one client's question on to
 * the next client, and HAProxy 2.6 refuses an answer in another case than it asked.
 */
export type CaseSupport =
  | { readonly kind: 'unknown'; readonly echoes: number }
  | { readonly kind: 'mixed' }
  /** It folds them, or a cache hands them on. */
  | { readonly kind: 'plain' };

/** So many probes must come back in their own letters: behind one service address there may be several caches. */
const enoughEchoes = 4;

/** What is known of the letters after one more answer to a question in mixed case. */
export function noteEcho(letters: CaseSupport, own: boolean): CaseSupport {
  if (!own) return { kind: 'plain' };
  if (letters.kind !== 'unknown') return letters;
  return letters.echoes + 1 < enoughEchoes ? { kind: 'unknown', echoes: letters.echoes + 1 } : { kind: 'mixed' };
}
