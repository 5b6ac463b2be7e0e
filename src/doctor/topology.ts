import { apiPort } from './api-server.ts';
import { type Check, fail, pass, shortList, skip } from './check.ts';
import type { DoctorFacts } from './facts.ts';
import { judgeCertificate } from './judge/certificate.ts';
import { judgeMaster, judgeNodes } from './judge/topology.ts';
import { routeTo } from './route-to.ts';

/** One master, some nodes, and an API server that answers; looked at only where the configuration names any of them. */
export async function topologyChecks(visit: DoctorFacts): Promise<readonly Check[]> {
  const { api, config } = visit;
  const { master, nodes } = config.cluster;
  if (master === null && nodes.length === 0) return [skip('topology', 'neither cluster.master nor cluster.nodes is given')];
  const members = [
    judgeMaster('topology: one master', config.cluster, api?.addresses ?? []),
    judgeNodes('topology: nodes', config.cluster),
  ];
  return [...members, await masterAddress(visit), apiServer(visit), certificate(visit)];
}

async function masterAddress(visit: DoctorFacts): Promise<Check> {
  const name = 'topology: master address';
  const { master } = visit.config.cluster;
  if (master === null || visit.api === null) return skip(name, 'cluster.master names none');
  const { addresses, unresolved } = visit.api;
  if (unresolved !== null)
    return fail(
      name,
      `${master} cannot be resolved: ${unresolved}`,
      'the master address must be resolvable by all machines: correct cluster.master, or add the name to DNS',
    );
  const ways = await Promise.all(addresses.map(async ({ text }) => ({ text, way: await routeTo(visit, text) })));
  if (ways.some(({ way }) => way === null))
    return skip(name, `${shortList(addresses.map(({ text }) => text))}; there is no ip on PATH to ask for the route`);
  const bad = ways.flatMap(({ text, way }) => (way?.kind === 'none' ? [`${text}: ${way.why}`] : []));
  if (bad.length === ways.length)
    return fail(name, `no route to ${shortList(bad)}`, 'the master address must be routable by all machines: add a route to it');
  return pass(name, shortList(ways.flatMap(({ text, way }) => (way === null || way.kind === 'none' ? [] : [`${text} by ${way.route}`]))));
}

function apiServer({ api, config }: DoctorFacts): Check {
  const name = 'topology: API server';
  const { master } = config.cluster;
  if (master === null || api === null) return skip(name, 'cluster.master names none');
  const { answer } = api;
  if (!answer.ok)
    return fail(
      name,
      `${master} does not answer on port ${apiPort} over TLS: ${answer.why}`,
      'look at kube-apiserver on the master, and at the firewall on the way',
    );
  return pass(name, `${master}:${apiPort} answers over ${answer.protocol}${answer.status === 0 ? '' : ` with status ${answer.status}`}`);
}

function certificate({ api, config }: DoctorFacts): Check {
  const name = 'topology: API certificate';
  const { master } = config.cluster;
  if (master === null || api === null) return skip(name, 'cluster.master names none');
  if (!api.answer.ok) return skip(name, 'the API server does not answer');
  if (api.answer.certificate === null) return skip(name, 'the API server showed none');
  return judgeCertificate(name, api.answer.certificate, master, Date.now());
}
