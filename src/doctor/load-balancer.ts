import type { LoadBalancerConfig } from '../config/config.ts';
import { unbindable } from '../haproxy/process/unbindable.ts';
import { parseBind } from '../haproxy-syntax/bind.ts';
import { formatAddress, hostPort } from '../ip/address.ts';
import { balance, managerOf, nothingListed } from '../load-balancer/balance.ts';
import { eventOf } from '../load-balancer/cause.ts';
import { readLease } from '../load-balancer/lease-record.ts';
import { readLoadBalancerService, serviceId } from '../load-balancer/service.ts';
import type { ServedService } from '../load-balancer/services-to-listens.ts';
import { Problem } from '../problem/problem.ts';
import { type ApiClient, openApiClient } from '../source/kubernetes/api/client.ts';
import { listAll } from '../source/kubernetes/list.ts';
import { shortList } from '../terminal/short-list.ts';
import { type Check, fail, failedBy, pass, skip, warn } from './check.ts';
import type { DoctorFacts } from './facts.ts';

const names = {
  owned: 'LoadBalancer addresses owned',
  pool: 'LoadBalancer addresses free',
  lease: 'LoadBalancer lease',
} as const;

/** The most addresses that are checked by binding them. */
const mostTried = 256;

/** Checks Services of type LoadBalancer: the addresses belong to this VM, there are enough of them, and a VM holds the Lease. Changes nothing. */
export async function loadBalancerChecks(facts: DoctorFacts): Promise<readonly Check[]> {
  const { config, context } = facts;
  const { loadBalancer, cluster } = config;
  if (loadBalancer === null || cluster.api === null) return [];
  const owned = await ownedCheck(loadBalancer);
  try {
    const client = openApiClient(cluster.api, context.io.env);
    try {
      return [owned, await poolCheck(facts, loadBalancer, client), await leaseCheck(facts, loadBalancer, client)];
    } finally {
      client.close();
    }
  } catch (error) {
    if (!(error instanceof Problem)) throw error;
    return [owned, failedBy(names.pool, error), skip(names.lease, `this follows from ${names.pool}, see there`)];
  }
}

async function ownedCheck({ addresses }: LoadBalancerConfig): Promise<Check> {
  const all = addresses.flatMap(({ family, first, last }) =>
    Array.from({ length: Number(last - first < BigInt(mostTried) ? last - first + 1n : BigInt(mostTried)) }, (_, i) =>
      formatAddress(family, first + BigInt(i)),
    ),
  );
  const tried = all.slice(0, mostTried);
  const wanted = tried.map((address) => ({ owner: 'loadBalancer.addresses', listens: [], bind: parseBind(hostPort(address, 1)) }));
  const found = await unbindable(wanted, { kind: 'binds', binds: [] });
  const missing = found.filter(({ problem }) => problem.code === 'bind.not-owned').length;
  const seen = `this machine has ${tried.length - missing} of ${tried.length}${all.length > tried.length ? ' that were tried' : ''}`;
  if (missing === 0) return pass(names.owned, seen);
  const remedy =
    'add the addresses to an interface, or set net.ipv4.ip_nonlocal_bind and net.ipv6.ip_nonlocal_bind to 1 where VRRP moves them; a Service that gets another one stays pending';
  return fail(names.owned, seen, remedy);
}

async function poolCheck({ config, context }: DoctorFacts, { namespaces }: LoadBalancerConfig, client: ApiClient): Promise<Check> {
  const of = namespaces.length === 0 ? [null] : namespaces;
  const listed = await Promise.all(
    of.map((namespace) => listAll(client, { resource: 'services', namespace, selector: '' }, readLoadBalancerService, context.io.signal)),
  );
  const { served } = balance(
    config,
    nothingListed,
    listed.flatMap(({ objects }) => objects),
    false,
  );
  return judgePool(served);
}

/** Judges whether each Service of the class has an address from the pools. */
export function judgePool(served: readonly ServedService[]): Check {
  const having = (kind: string) => served.filter(({ causes }) => causes.some((cause) => cause.kind === kind));
  const told = (services: readonly ServedService[], kind: string) =>
    shortList(
      services.map(({ service, causes }) => {
        const cause = causes.find((one) => one.kind === kind);
        return `${serviceId(service)}: ${cause === undefined ? '' : eventOf(cause).message}`;
      }),
    );
  const exhausted = having('no-free-address');
  if (exhausted.length > 0)
    return fail(names.pool, told(exhausted, 'no-free-address'), 'add addresses to loadBalancer.addresses, or let Services use other ports');
  const kept = having('outside-pool').filter(({ addresses }) => addresses.length > 0);
  if (kept.length > 0)
    return warn(names.pool, told(kept, 'outside-pool'), 'add the addresses again, or delete and create these Services when they may move');
  return pass(names.pool, `${served.length} Services of the class, each has an address or a reason of its own to have none`);
}

async function leaseCheck({ config, context }: DoctorFacts, { leaseNamespace }: LoadBalancerConfig, client: ApiClient): Promise<Check> {
  const name = managerOf(config);
  const path = `/apis/coordination.k8s.io/v1/namespaces/${leaseNamespace}/leases/${name}`;
  const answer = await client.request({ method: 'GET', path }, context.io.signal);
  return judgeLease(`${leaseNamespace}/${name}`, answer.status, answer.body, answer.date ?? Date.now());
}

/** Judges whether a Lease is held and was renewed in time, by the server's clock. */
export function judgeLease(lease: string, status: number, body: unknown, now: number): Check {
  const remedy = 'is podfront watch running on a VM of the class, and may it write the Lease? podfront status on each VM tells';
  if (status === 404) return warn(names.lease, `there is no Lease ${lease}: no VM has written yet`, remedy);
  const record = status === 200 ? readLease(body) : null;
  if (record === null) return fail(names.lease, `${lease} cannot be read: HTTP status ${status}`, remedy);
  if (record.holder === '') return fail(names.lease, `nobody holds ${lease}`, remedy);
  const age = Math.max(0, now - Date.parse(record.renewTime));
  const seen = `${record.holder} holds ${lease}, renewed ${(age / 1000).toFixed(0)} s ago; ${record.members.length} VMs take part`;
  // The holder's clock may differ from the server's by a minute; a larger difference is another check's fault.
  return age > record.duration + 60_000 ? fail(names.lease, seen, remedy) : pass(names.lease, seen);
}
