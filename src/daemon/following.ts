import { compareSlotAddresses, type ServerState, type ServersReading } from '../haproxy/process/servers-state.ts';
import type { ListenAllocation } from '../haproxy/slots/allocate.ts';
import { hostPort } from '../ip/address.ts';
import { type Problem, problem } from '../problem/problem.ts';
import type { LastKnownByListen } from '../source/last-known.ts';
import { dnsLookups, type Observation } from '../source/observation.ts';

/** A listen in which HAProxy's own resolver has other servers than the last good answer of cluster DNS. */
export interface Lag {
  /** The servers that HAProxy has, as a key: while they change, it follows. */
  readonly has: string;
  readonly missing: number;
  readonly surplus: number;
  /** For how long a difference is no fault, in milliseconds: caches of several name servers differ for a TTL. */
  readonly grace: number;
  /** When the last good answer of cluster DNS came: what podfront knows may be older than what HAProxy has. */
  readonly freshAt: number;
}

/** How HAProxy follows cluster DNS. Times in milliseconds since 1970. */
export interface Following {
  /** The listens that lag, and since when HAProxy has had the same servers. */
  readonly lags: ReadonlyMap<string, Lag & { readonly since: number }>;
  /** Reloads in a row because of that. */
  readonly reloads: number;
  /** The next one may happen then; null: at once. */
  readonly nextReloadAt: number | null;
}

/** HAProxy follows. */
export const follows: Following = { lags: new Map(), reloads: 0, nextReloadAt: null };

/** Milliseconds in which HAProxy asks again and has an answer. */
const usualGrace = 10_000;
/** HAProxy keeps servers for so long whose name no longer exists (`hold nx`). */
const holdNx = 30_000;
/** Milliseconds between the warning and the reload. */
const reloadAfter = 5_000;
/** Milliseconds between two such reloads: the first, and at most. */
const firstGap = 60_000;
const longestGap = 600_000;

/**
 * The listens in which HAProxy has other servers than it should have found by itself. Left out are those whose last answer failed, and
 * those with more pods than slots, of which HAProxy chooses some.
 */
export function lagsOf(
  reading: ServersReading,
  allocations: readonly ListenAllocation[],
  heldBack: ReadonlyMap<string, unknown>,
  lastKnown: LastKnownByListen,
): ReadonlyMap<string, Lag> {
  if (reading.kind === 'unknown') return new Map();
  return new Map(
    allocations.flatMap((allocation) => {
      const { name } = allocation.listen;
      const servers = reading.backends.get(name);
      const known = lastKnown.get(name);
      if (servers === undefined || known === undefined || heldBack.has(name)) return [];
      const { observation, freshAt, failing } = known;
      if (observation === null || freshAt === null || failing !== null) return [];
      const ttls = dnsLookups(observation).map(({ ttl }) => ttl ?? 0);
      const lag = lagOf(allocation, servers, 1000 * Math.min(60, Math.max(0, ...ttls)));
      return lag === null || !isAllocated(observation, allocation) ? [] : [[name, { ...lag, freshAt }] as const];
    }),
  );
}

function lagOf(
  { slots, pods, family, records }: ListenAllocation,
  servers: readonly ServerState[],
  ttl: number,
): Omit<Lag, 'freshAt'> | null {
  if (slots === null || slots.overflow > 0) return null;
  const text = (address: string, port: number) => (records === 'srv' ? hostPort(address, port) : address);
  const wanted = pods.flatMap(({ target }) =>
    target.kind === 'name' && target.seed !== null ? [text(target.seed.text, target.port)] : [],
  );
  // SRV records of a service with two families fill slots with both.
  const own = servers.filter(({ name, address }) => name !== 'service' && address?.includes(':') === (family === 6));
  const { missing, surplus } = compareSlotAddresses(own, wanted, ({ address, port }) => text(address ?? '', port));
  if (missing.length === 0 && surplus.length === 0) return null;
  const has = own.map(({ name, address, port }) => `${name} ${text(address ?? '', port)}`).join();
  return { has, missing: missing.length, surplus: surplus.length, grace: usualGrace + ttl + (wanted.length === 0 ? holdNx : 0) };
}

/** Whether the servers are those of the last good answer: another one may wait for its turn. */
function isAllocated({ endpoints }: Observation, { pods }: ListenAllocation): boolean {
  const seeds = new Set(pods.flatMap(({ target }) => (target.kind === 'name' && target.seed !== null ? [target.seed.text] : [])));
  return endpoints.length === pods.length && endpoints.every(({ address }) => seeds.has(address.text));
}

/** Takes in the listens that lag now. */
export function trackFollowing(before: Following, lags: ReadonlyMap<string, Lag>, now: number): Following {
  if (lags.size === 0) return follows;
  const tracked = [...lags].map(([name, lag]) => {
    const known = before.lags.get(name);
    return [name, { ...lag, since: known !== undefined && known.has === lag.has ? known.since : now }] as const;
  });
  return { ...before, lags: new Map(tracked) };
}

/** The listens that HAProxy has not followed for so long, by answers that came since, that it is a fault. */
export function listensLeftBehind({ lags }: Following): readonly string[] {
  return [...lags].flatMap(([name, { since, grace, freshAt }]) => (freshAt - since >= grace ? [name] : []));
}

/** Those of them for which HAProxy is to be reloaded now: its new worker asks from a new socket. */
export function listensToReload({ lags, nextReloadAt }: Following, now: number): readonly string[] {
  if (nextReloadAt !== null && nextReloadAt > now) return [];
  return [...lags].flatMap(([name, { since, grace, freshAt }]) =>
    freshAt - since >= grace && now - since >= grace + reloadAfter ? [name] : [],
  );
}

/** The state after a reload, or an attempt at one, because of this: the next one, should it not help, is later and later. */
export function afterFollowingReload({ reloads }: Following, now: number): Following {
  return { lags: new Map(), reloads: reloads + 1, nextReloadAt: now + Math.min(longestGap, firstGap * 2 ** Math.min(reloads, 10)) };
}

/** What to know while HAProxy does not follow; null while it does. */
export function followingProblem(following: Following, now: number): Problem | null {
  const behind = listensLeftBehind(following);
  const [first] = behind;
  const lag = first === undefined ? undefined : following.lags.get(first);
  if (first === undefined || lag === undefined) return null;
  const more = behind.length === 1 ? '' : `, and so in ${behind.length - 1} more`;
  const seconds = Math.round((now - lag.since) / 1000);
  return problem('haproxy.not-following', { listen: first, missing: lag.missing, surplus: lag.surplus, seconds, more });
}
