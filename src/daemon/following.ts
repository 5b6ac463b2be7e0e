import { compareSlotAddresses, type ServerState, type ServersReading } from '../haproxy/process/servers-state.ts';
import type { ListenAllocation } from '../haproxy/slots/allocate.ts';
import { hostPort } from '../ip/address.ts';
import { type Problem, problem } from '../problem/problem.ts';
import type { LastKnownByListen } from '../source/last-known.ts';
import { dnsLookups, type Observation } from '../source/observation.ts';

/** A listen in which HAProxy's own resolver has other servers than the last good answer of cluster DNS. */
export interface Lag {
  /** The servers that HAProxy has, as a key: while it changes, HAProxy still follows. */
  readonly has: string;
  readonly missing: number;
  readonly surplus: number;
  /** The time for which a difference is normal, in milliseconds: caches of several name servers differ for up to a TTL. */
  readonly grace: number;
  /** The time of the last good answer of cluster DNS to podfront, which may be older than what HAProxy has. */
  readonly freshAt: number;
}

/** A lag, and since when. Times in milliseconds since 1970. */
interface TrackedLag extends Lag {
  /** When HAProxy was first seen with these servers. */
  readonly since: number;
  /** When the lag was first seen to be longer than is normal, which is when the warning begins; null: not yet. */
  readonly behindSince: number | null;
}

/** The record of how well HAProxy follows cluster DNS. Times in milliseconds since 1970. */
export interface Following {
  readonly lags: ReadonlyMap<string, TrackedLag>;
  /** The number of reloads in a row for this reason. */
  readonly reloads: number;
  /** The earliest time of the next such reload; null: at once. */
  readonly nextReloadAt: number | null;
}

/** The record while HAProxy follows in every listen. */
export const follows: Following = { lags: new Map(), reloads: 0, nextReloadAt: null };

/** Milliseconds within which HAProxy asks again and gets an answer. */
const usualGrace = 10_000;
/** Milliseconds for which HAProxy keeps servers whose name no longer exists (`hold nx`). */
const holdNx = 30_000;
/** Milliseconds beyond the grace until the reload; the warning comes at least one look at HAProxy earlier. */
const reloadAfter = 5_000;
/** Milliseconds between two such reloads: the first gap, and the longest. */
const firstGap = 60_000;
const longestGap = 600_000;

/**
 * The listens in which HAProxy's resolver should have found other servers than it has. Listens whose last answer failed are left out, and
 * so are those with more pods than slots, where HAProxy chooses which pods to use.
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

/** Whether the allocation is made from this observation; a newer one may not have been reconciled yet. */
function isAllocated({ endpoints }: Observation, { pods }: ListenAllocation): boolean {
  const seeds = new Set(pods.flatMap(({ target }) => (target.kind === 'name' && target.seed !== null ? [target.seed.text] : [])));
  return endpoints.length === pods.length && endpoints.every(({ address }) => seeds.has(address.text));
}

/** The record after a look at HAProxy's servers. */
export function trackFollowing(before: Following, lags: ReadonlyMap<string, Lag>, now: number): Following {
  if (lags.size === 0) return follows;
  const tracked = [...lags].map(([name, lag]) => {
    const known = before.lags.get(name);
    const { since, behindSince } = known !== undefined && known.has === lag.has ? known : { since: now, behindSince: null };
    const isBehind = lag.freshAt - since >= lag.grace;
    return [name, { ...lag, since, behindSince: isBehind ? (behindSince ?? now) : null }] as const;
  });
  return { ...before, lags: new Map(tracked) };
}

/** The listens that have lagged for longer than is normal, as later answers confirm. */
export function listensLeftBehind({ lags }: Following): readonly string[] {
  return [...lags].flatMap(([name, { behindSince }]) => (behindSince === null ? [] : [name]));
}

/** Those of them for which HAProxy is reloaded now: its new worker asks from a new socket. */
export function listensToReload({ lags, nextReloadAt }: Following, now: number): readonly string[] {
  if (nextReloadAt !== null && nextReloadAt > now) return [];
  return [...lags].flatMap(([name, { since, behindSince, grace }]) =>
    behindSince !== null && behindSince < now && now - since >= grace + reloadAfter ? [name] : [],
  );
}

/** The record after a reload for this reason, or an attempt at one: each further one waits longer. */
export function afterFollowingReload({ reloads }: Following, now: number): Following {
  return { lags: new Map(), reloads: reloads + 1, nextReloadAt: now + Math.min(longestGap, firstGap * 2 ** Math.min(reloads, 10)) };
}

/** The problem to report while HAProxy does not follow; null while it does. */
export function followingProblem(following: Following, now: number): Problem | null {
  const behind = listensLeftBehind(following);
  const [first] = behind;
  const lag = first === undefined ? undefined : following.lags.get(first);
  if (first === undefined || lag === undefined) return null;
  const more = behind.length === 1 ? '' : `, and so in ${behind.length - 1} more`;
  const seconds = Math.round((now - lag.since) / 1000);
  return problem('haproxy.not-following', { listen: first, missing: lag.missing, surplus: lag.surplus, seconds, more });
}
