/** The kernel's route to an address. */
export type RouteDecision =
  /** A route for this address or for a network that contains it. */
  | { readonly kind: 'route'; readonly route: string }
  /** A default route: no route is more specific. */
  | { readonly kind: 'default'; readonly route: string }
  | { readonly kind: 'none'; readonly why: string };

/**
 * Reads the output of `ip -j route get fibmatch ADDRESS` (ip-route(8)): the route that would be used. Null for any other text.
 * `default` and the two /1 halves that VPNs use count as default routes.
 */
export function parseRouteGet(json: string): RouteDecision | null {
  let parsed: unknown;
  try {
    parsed = JSON.parse(json);
  } catch {
    return null;
  }
  const entry = Array.isArray(parsed) ? (parsed[0] as Readonly<Record<string, unknown>> | undefined) : undefined;
  if (typeof entry !== 'object' || entry === null || typeof entry.dst !== 'string') return null;
  const { dst, gateway, dev, type } = entry;
  const words = [typeof type === 'string' && type !== 'unicast' ? type : '', dst, ...part('via', gateway), ...part('dev', dev)];
  const route = words.filter((word) => word !== '').join(' ');
  return /^(default|.*\/[01])$/.test(dst) ? { kind: 'default', route } : { kind: 'route', route };
}

function part(word: string, value: unknown): readonly string[] {
  return typeof value === 'string' ? [word, value] : [];
}
