/**
 * Whether the names in queries to a server may have random case (0x20, draft-vixie-dnsext-dns0x20). They may only where each
 * response comes in the case of its own query: a cache in front (CoreDNS's `cache` plugin, 1.8.0 and 1.15.0 alike) hands the case of
 * one client's query on to the next client, and HAProxy 2.6 refuses a response in another case than it asked.
 */
export type CaseSupport =
  | { readonly kind: 'unknown'; readonly echoes: number }
  | { readonly kind: 'random' }
  /** The server folds the case, or a cache hands it on. */
  | { readonly kind: 'lower' };

/** The number of probes that must come back in their own case: there may be several caches behind one service address. */
const enoughEchoes = 4;

/** The support for random case after one more response to such a query. */
export function noteEcho(before: CaseSupport, sameCase: boolean): CaseSupport {
  if (!sameCase) return { kind: 'lower' };
  if (before.kind !== 'unknown') return before;
  return before.echoes + 1 < enoughEchoes ? { kind: 'unknown', echoes: before.echoes + 1 } : { kind: 'random' };
}
