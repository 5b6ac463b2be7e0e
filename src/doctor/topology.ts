import { shortList } from '../terminal/short-list.ts';
import { apiPort } from './api-server.ts';
import { type Check, fail, pass, skip } from './check.ts';
import type { DoctorFacts } from './facts.ts';
import { judgeCertificate } from './judge/certificate.ts';
import { judgeMaster, judgeNodes } from './judge/topology.ts';
import { routeTo } from './route-to.ts';

/** Checks that there is one master, at least one node, and an API server that answers; only where the configuration names any of them. */
export async function topologyChecks(facts: DoctorFacts): Promise<readonly Check[]> {
  const { api, config } = facts;
  const { master, nodes } = config.cluster;
  if (master === null && nodes.length === 0) return [skip('topology', 'neither cluster.master nor cluster.nodes is given')];
  const members = [
    judgeMaster('topology: one master', config.cluster, api?.addresses ?? []),
    judgeNodes('topology: nodes', config.cluster),
  ];
  return [...members, await masterAddress(facts), apiServer(facts), certificate(facts)];
}

async function masterAddress(facts: DoctorFacts): Promise<Check> {
  const name = 'topology: master address';
  const { master } = facts.config.cluster;
  if (master === null || facts.api === null) return skip(name, 'cluster.master is not set');
  const { addresses, unresolved } = facts.api;
  if (unresolved !== null)
    return fail(
      name,
      `${master} cannot be resolved: ${unresolved}`,
      'the master address must be resolvable by all machines: correct cluster.master, or add the name to DNS',
    );
  const routed = await Promise.all(addresses.map(async ({ text }) => ({ text, decision: await routeTo(facts, text) })));
  if (routed.some(({ decision }) => decision === null))
    return skip(name, `${shortList(addresses.map(({ text }) => text))}; iproute2 is not installed, so the route cannot be read`);
  const bad = routed.flatMap(({ text, decision }) => (decision?.kind === 'none' ? [`${text}: ${decision.why}`] : []));
  if (bad.length === routed.length)
    return fail(name, `no route to ${shortList(bad)}`, 'the master address must be routable by all machines: add a route to it');
  return pass(
    name,
    shortList(
      routed.flatMap(({ text, decision }) => (decision === null || decision.kind === 'none' ? [] : [`${text} by ${decision.route}`])),
    ),
  );
}

function apiServer({ api, config }: DoctorFacts): Check {
  const name = 'topology: API server';
  const { master } = config.cluster;
  if (master === null || api === null) return skip(name, 'cluster.master is not set');
  const { answer } = api;
  if (!answer.ok)
    return fail(
      name,
      `${master} does not answer on port ${apiPort} over TLS: ${answer.why}`,
      'check kube-apiserver on the master, and firewalls in between',
    );
  return pass(name, `${master}:${apiPort} answers over ${answer.protocol}${answer.status === 0 ? '' : ` with status ${answer.status}`}`);
}

function certificate({ api, config }: DoctorFacts): Check {
  const name = 'topology: API certificate';
  const { master } = config.cluster;
  if (master === null || api === null) return skip(name, 'cluster.master is not set');
  if (!api.answer.ok) return skip(name, 'the API server does not answer');
  if (api.answer.certificate === null) return skip(name, 'the API server presented none');
  return judgeCertificate(name, api.answer.certificate, master, Date.now());
}
