import { connect } from 'node:net';
import { type Address, formatAddress } from '../ip/address.ts';
import { contains, type Network } from '../ip/network.ts';
import { apiAddress } from '../networks/judge/service-addresses.ts';
import { dnsLookups } from '../source/observation.ts';
import { type Check, fail, pass, shortList, skip, warn } from './check.ts';
import { podRouteName, serviceRouteName } from './check-names.ts';
import type { DoctorFacts } from './facts.ts';
import { routeTo } from './route-to.ts';

/** So many pods are looked at; flannel has a route for each node. */
const most = 16;

/** Whether packets to pods and services leave as flannel and kube-proxy would have it. */
export function routeChecks(visit: DoctorFacts): Promise<readonly Check[]> {
  const { serviceNetworks, podNetworks } = visit.config.cluster;
  return Promise.all([
    ...serviceNetworks.map((network) => serviceRoute(visit, network)),
    ...podNetworks.map((network) => podRoute(visit, network)),
  ]);
}

async function podRoute(visit: DoctorFacts, network: Network): Promise<Check> {
  const name = podRouteName(network);
  const remedy = 'is flannel running here (systemctl status flannel)? It sets a route for each node';
  const pods = visit.observations
    .filter(({ kind }) => kind === 'pods')
    .flatMap(({ endpoints }) => endpoints.map(({ address }) => address))
    .filter((address) => contains(network, address));
  const first: Address = { family: network.family, value: network.first + 1n, text: formatAddress(network.family, network.first + 1n) };
  const looked = pods.length === 0 ? [first] : onePerNode(pods);
  const ways = await Promise.all(looked.map(async ({ text }) => ({ text, way: await routeTo(visit, text) })));
  if (ways.some(({ way }) => way === null)) return skip(name, 'there is no ip on PATH to ask the kernel with');
  const none = ways.flatMap(({ text, way }) => (way?.kind === 'none' ? [`${text}: ${way.why}`] : []));
  const byDefault = ways.flatMap(({ text, way }) => (way?.kind === 'default' ? [`${text} by ${way.route}`] : []));
  const routes = [...new Set(ways.flatMap(({ way }) => (way?.kind === 'route' ? [way.route] : [])))];
  if (none.length > 0) return fail(name, `no route to ${shortList(none)}`, remedy);
  if (byDefault.length === 0) return pass(name, shortList(routes));
  if (pods.length === 0) return warn(name, `no pod is known, and ${shortList(byDefault)} is no route of its own`, remedy);
  return fail(name, `no route of its own to ${shortList(byDefault)}`, remedy);
}

/** Pods of one node share a /24 (flannel's default) or /64. */
function onePerNode(pods: readonly Address[]): readonly Address[] {
  const nodes = new Map(pods.map((pod) => [`${pod.family} ${pod.value >> (pod.family === 4 ? 8n : 64n)}`, pod]));
  return [...nodes.values()].slice(0, most);
}

/**
 * kube-proxy needs no route: in iptables mode it rewrites packets that go by any. So what counts besides is whether something
 * inside the network answers: cluster DNS, or the API server on the network's first address.
 */
async function serviceRoute(visit: DoctorFacts, network: Network): Promise<Check> {
  const name = serviceRouteName(network);
  const remedy = 'is kube-proxy running here (systemctl status kube-proxy)? Is there a route to the network, or a default route?';
  const api = apiAddress(network);
  const way = await routeTo(visit, api.text);
  if (way === null) return skip(name, 'there is no ip on PATH to ask the kernel with');
  const answering = visit.observations
    .flatMap(dnsLookups)
    .find(
      ({ server, rcode }) =>
        rcode !== null &&
        visit.config.cluster.nameservers.some((one) => contains(network, one.address) && server.includes(one.address.text)),
    );
  if (way.kind === 'none') return fail(name, `no route to ${api.text}: ${way.why}`, remedy);
  if (answering !== undefined) return pass(name, `${way.route}; cluster DNS answers from ${answering.server}`);
  if (way.kind === 'route') return pass(name, way.route);
  const opened = await opens(api.text, 443, visit.context.io.signal);
  if (opened) return pass(name, `${way.route}; the API answers on ${api.text}:443`);
  const silent = `only ${way.route}, and nothing answers on ${api.text}:443`;
  // That port may be closed to this machine; that cluster DNS is silent too leaves no doubt.
  const dns = visit.config.cluster.nameservers.find(({ address }) => contains(network, address));
  return dns === undefined ? warn(name, silent, remedy) : fail(name, `${silent}, nor cluster DNS on ${dns.address.text}`, remedy);
}

/** Whether a TCP connection is taken. Refused is no answer: any router may do that. */
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
