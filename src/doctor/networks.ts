import { type Address, parseAddress } from '../ip/address.ts';
import { contains } from '../ip/network.ts';
import { checkInventory } from '../networks/check.ts';
import { clusterNetwork } from '../networks/facts/cluster.ts';
import { emptyInventory } from '../networks/facts/inventory.ts';
import type { NetworkFinding } from '../networks/judge/finding.ts';
import { addConfig, clusterFacts } from '../networks/read/config.ts';
import { installerOfHost } from '../networks/read/host-installer.ts';
import { addThisHost } from '../networks/read/this-host.ts';
import { findingMessage } from '../networks/report/message.ts';
import { dnsLookups } from '../source/observation.ts';
import { shortList } from '../terminal/short-list.ts';
import { type Check, fail, pass, warn } from './check.ts';
import type { DoctorFacts } from './facts.ts';

/** The findings of `podfront check-networks` as checks. */
export async function networkChecks({ context, config, api, observations }: DoctorFacts): Promise<readonly Check[]> {
  const name = 'networks';
  const { serviceNetworks, podNetworks, nodes } = config.cluster;
  const installer = installerOfHost('') ?? 'nixos';
  const cluster = [
    ...serviceNetworks.map((network) => clusterNetwork('service', network, installer)),
    ...podNetworks.map((network) => clusterNetwork('pod', network, installer)),
  ];
  const inventory = emptyInventory(cluster.map(({ network }) => network));
  addConfig(inventory, config);
  await addThisHost(inventory, context.io);
  const facts = clusterFacts(config, installer);
  const report = checkInventory(inventory, { cluster, facts, dns: facts.dns, dnsAssumed: false, isIgnored: () => false });
  const members = [...nodes.map(({ address }) => address), ...(api?.addresses ?? [])];
  const answering = observations.flatMap((one) => dnsLookups(one).flatMap(({ server, rcode }) => (rcode === null ? [] : [server])));
  const found = report.findings.filter((finding) => !leadsThere(finding, members, answering));
  const messages = (wanted: 'error' | 'warning') => found.filter(({ severity }) => severity === wanted).map(findingMessage);
  const [errors, warnings] = [messages('error'), messages('warning')];
  const remedy = remedyFor(found);
  if (errors.length > 0) return [fail(name, shortList(errors, 3), remedy)];
  if (warnings.length > 0) return [warn(name, shortList(warnings, 3), remedy)];
  return [
    pass(
      name,
      `${cluster.map(({ network }) => network.cidr).join(', ')} are free: compared with ${report.compared} known networks and addresses`,
    ),
  ];
}

/** What to do. A route through a machine that podfront does not know as one of the cluster may be the one that was made for the cluster. */
function remedyFor(findings: readonly NetworkFinding[]): string {
  const gateways = findings.flatMap(({ subject, relation }) =>
    typeof subject === 'string' || subject.kind !== 'route' || relation === 'contains' ? [] : subject.gateways.map(({ text }) => text),
  );
  const free = 'see podfront check-networks, which also suggests free networks';
  if (gateways.length === 0) return free;
  return `where ${shortList([...new Set(gateways)], 3)} leads to the cluster, name it in cluster.nodes as a node; otherwise ${free}`;
}

/**
 * Whether the finding is about the route to the cluster itself: through a node or the master, or the one over which cluster
 * DNS answers. check-networks is meant for the time before the cluster exists, when any route to its networks is a conflict.
 */
function leadsThere({ subject, relation, cluster }: NetworkFinding, members: readonly Address[], answering: readonly string[]): boolean {
  if (typeof subject === 'string' || subject.kind !== 'route' || relation === 'contains') return false;
  const { gateways, network } = subject;
  if (gateways.length > 0 && gateways.every((gateway) => members.some((member) => member.text === gateway.text))) return true;
  return (
    relation === 'same' &&
    cluster.role === 'service' &&
    answering.some((server) => {
      const address = parseAddress(server.replace(/^\[|\]?:\d+$/g, ''));
      return address !== null && contains(network, address);
    })
  );
}
