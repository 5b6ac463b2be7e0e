import { connect } from 'node:net';
import { type Address, formatAddress } from '../ip/address.ts';
import { contains, type Network } from '../ip/network.ts';
import { apiAddress } from '../networks/facts/service-addresses.ts';
import { dnsLookups } from '../source/observation.ts';
import { shortList } from '../terminal/short-list.ts';
import { type Check, fail, pass, skip, warn } from './check.ts';
import { podRouteName, serviceRouteName } from './check-names.ts';
import type { DoctorFacts } from './facts.ts';
import { routeTo } from './route-to.ts';

/** The most pods whose route is checked; flannel has one route for each node. */
const maxPods = 16;

/** Checks that there are routes to the pod and service networks, as flannel and kube-proxy set them up. */
export function routeChecks(facts: DoctorFacts): Promise<readonly Check[]> {
  const { serviceNetworks, podNetworks } = facts.config.cluster;
  return Promise.all([
    ...serviceNetworks.map((network) => serviceRoute(facts, network)),
    ...podNetworks.map((network) => podRoute(facts, network)),
  ]);
}

async function podRoute(facts: DoctorFacts, network: Network): Promise<Check> {
  const name = podRouteName(network);
  const remedy = 'is flannel running here (systemctl status flannel)? It sets a route for each node';
  const pods = facts.observations
    .filter(({ kind }) => kind === 'pods')
    .flatMap(({ endpoints }) => endpoints.map(({ address }) => address))
    .filter((address) => contains(network, address));
  const first: Address = { family: network.family, value: network.first + 1n, text: formatAddress(network.family, network.first + 1n) };
  const targets = pods.length === 0 ? [first] : onePerNode(pods);
  const routed = await Promise.all(targets.map(async ({ text }) => ({ text, decision: await routeTo(facts, text) })));
  if (routed.some(({ decision }) => decision === null))
    return skip(name, 'iproute2 is not installed, so the routes of the kernel cannot be read');
  const none = routed.flatMap(({ text, decision }) => (decision?.kind === 'none' ? [`${text}: ${decision.why}`] : []));
  const byDefault = routed.flatMap(({ text, decision }) => (decision?.kind === 'default' ? [`${text} by ${decision.route}`] : []));
  const routes = [...new Set(routed.flatMap(({ decision }) => (decision?.kind === 'route' ? [decision.route] : [])))];
  // Routes to each node's pods, as with Calico, need not lead to the first address.
  const elsewhere = facts.observations.length > 0 && facts.observations.every(({ kind }) => kind === 'service' || kind === 'nodes');
  if (elsewhere && routes.length === 0) return skip(name, 'the servers of every listen are elsewhere');
  if (none.length > 0) return fail(name, `no route to ${shortList(none)}`, remedy);
  if (byDefault.length === 0) return pass(name, shortList(routes));
  if (pods.length === 0) return warn(name, `no pod is known, and the only route is the default one: ${shortList(byDefault)}`, remedy);
  return fail(name, `only the default route leads to ${shortList(byDefault)}`, remedy);
}

/** One pod of each node: the pods of a node share a /24 (flannel's default) or /64. */
function onePerNode(pods: readonly Address[]): readonly Address[] {
  const nodes = new Map(pods.map((pod) => [`${pod.family} ${pod.value >> (pod.family === 4 ? 8n : 64n)}`, pod]));
  return [...nodes.values()].slice(0, maxPods);
}

/**
 * Checks the route to a service network. kube-proxy needs no route of its own: in iptables mode it rewrites packets on any route. So the
 * check also passes where an address inside the network answers: cluster DNS, or the API server on the first address.
 */
async function serviceRoute(facts: DoctorFacts, network: Network): Promise<Check> {
  const name = serviceRouteName(network);
  const remedy = 'is kube-proxy running here (systemctl status kube-proxy)? Is there a route to the network, or a default route?';
  const api = apiAddress(network);
  const decision = await routeTo(facts, api.text);
  if (decision === null) return skip(name, 'iproute2 is not installed, so the routes of the kernel cannot be read');
  const answering = facts.observations
    .flatMap(dnsLookups)
    .find(
      ({ server, rcode }) =>
        rcode !== null &&
        facts.config.cluster.nameservers.some((one) => contains(network, one.address) && server.includes(one.address.text)),
    );
  if (decision.kind !== 'route' && !leadsTo(facts, network))
    return skip(name, 'neither cluster DNS nor the servers of any listen are there');
  if (decision.kind === 'none') return fail(name, `no route to ${api.text}: ${decision.why}`, remedy);
  if (answering !== undefined) return pass(name, `${decision.route}; cluster DNS answers from ${answering.server}`);
  if (decision.kind === 'route') return pass(name, decision.route);
  const opened = await opens(api.text, 443, facts.context.io.signal);
  if (opened) return pass(name, `${decision.route}; the API answers on ${api.text}:443`);
  const unanswered = `only ${decision.route}, and nothing answers on ${api.text}:443`;
  // The port may be blocked for this machine. Only where cluster DNS does not answer either is the network unreachable.
  const dns = facts.config.cluster.nameservers.find(({ address }) => contains(network, address));
  return dns === undefined ? warn(name, unanswered, remedy) : fail(name, `${unanswered}, nor cluster DNS on ${dns.address.text}`, remedy);
}

/** Whether cluster DNS, or a server of a listen, is in a service network or may be. */
function leadsTo({ config, observations }: DoctorFacts, network: Network): boolean {
  if (config.cluster.nameservers.some(({ address }) => contains(network, address))) return true;
  return observations.some(({ kind, fallback }) => kind === 'service' || kind === 'unknown' || fallback !== null);
}

/** Whether a TCP connection is accepted. A refusal does not count, because any router may send one. */
function opens(host: string, port: number, signal: AbortSignal): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host, port, signal });
    const end = (opened: boolean) => {
      socket.destroy();
      resolve(opened);
    };
    socket.setTimeout(1_500, () => end(false));
    socket.once('connect', () => end(true)).once('error', () => end(false));
  });
}
